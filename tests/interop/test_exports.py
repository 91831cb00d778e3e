"""Whole exports: every verifier that reads them accepts ours, and refuses each altered copy."""

import pytest

from tests.interop import tampering
from tests.interop.logs import SIZES
from tests.interop.tampering import EXPORTS
from tests.interop.verifiers import OF_EXPORTS, OURS

ASKED = [
    pytest.param(size, kind, verifier, id=f"{size}-{kind}-{verifier}")
    for size in SIZES
    for kind, way in EXPORTS.items()
    if size >= way.least and way.fits(size)
    for verifier in OF_EXPORTS
    if verifier in way.sees and (verifier != OURS or size < 1000)  # the large ones are the audit's own tests
]


class TestExport:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("verifier", OF_EXPORTS, indirect=True)
    def test_is_accepted(self, verifier, size, exported):
        verdict = verifier.export(exported(size))

        assert verdict.accepts, verdict.said


class TestAlteredExport:
    @pytest.mark.parametrize(("size", "kind", "verifier"), ASKED, indirect=["verifier"])
    def test_is_refused(self, verifier, size, kind, exported, record, rng, tmp_path):
        altered = tampering.copy_of(exported(size), tmp_path / "altered")

        EXPORTS[kind].change(altered, size, record(size), rng)

        assert len(tampering.differences(exported(size), altered)) == 1
        verdict = verifier.export(altered)
        assert not verdict.accepts, verdict.said
