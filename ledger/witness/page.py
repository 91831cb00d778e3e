"""What a person sees of a witness: which logs it watches, how far, and what it refused."""

import html
from typing import Final

from ledger.kernel import instant
from ledger.log.lines import instant_of

from .mirror import CopyDamaged
from .model import Finding, Standing, origin_hash
from .service import Witness

_PAGE: Final = """<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>{name}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}td,th{{border-bottom:1px solid #ccc;padding:.4rem;text-align:left}}
code{{word-break:break-all}}.alarm{{color:#b00020;font-weight:600}}</style>
<h1>见证人 {name}</h1>
<p>{alarm}</p>
<table><tr><th>日志 Log<th>规模 Size<th>镜像 Mirrored<th>最近联署 Last cosigned<th>状况 Findings</tr>
{rows}</table>
<h2>公钥 Keys</h2>
<p>{keys}</p>
</html>
"""
_FINDINGS: Final = {
    "fork": "signed two roots for size {size}",
    "empty": "signed a root that no empty log has",
    "unproven": "signed size {size}, which nobody showed to continue the log",
}


def render(witness: Witness) -> str:
    """Return the page."""
    standings = witness.standings()
    proven = sum(one.proves for standing in standings for one in standing.findings)
    alarm = (
        f"{proven} proof(s) that a log misbehaved are kept here." if proven else "No log is known to have misbehaved."
    )
    if witness.trust.problem:
        alarm += f" The file of trusted logs cannot be read: {witness.trust.problem}"
    return _PAGE.format(
        name=html.escape(witness.signers[0].key.name),
        alarm=f'<span class="alarm">{html.escape(alarm)}</span>' if proven or witness.trust.problem else alarm,
        rows="".join(_row(one, mirrored(witness, one.origin)) for one in standings),
        keys="<br>".join(
            f"<code>{html.escape(str(one.key))}</code>" for one in (*witness.signers, *witness.mirror.signers)
        ),
    )


def health(witness: Witness) -> dict[str, object]:
    """Return the same for a machine."""
    standings = witness.standings()
    copies = {one.origin: mirrored(witness, one.origin) for one in standings}
    return {
        "status": "degraded" if witness.trust.problem or any(one is None for one in copies.values()) else "ok",
        "name": witness.signers[0].key.name,
        "logs": [
            {
                "origin": one.origin,
                "size": one.size,
                "mirrored": copies[one.origin],
                "cosigned_at": when(one.cosigned_at),
                "findings": [finding(each) for each in one.findings],
                "dropped": one.dropped,
            }
            for one in standings
        ],
    }


def mirrored(witness: Witness, origin: str) -> int | None:
    """Return how far the mirror's copy of a log is; None if it is damaged."""
    try:
        return witness.mirror.of(origin).size
    except CopyDamaged:
        return None


def finding(one: Finding) -> str:
    """Return what was found and when, in words."""
    return f"{_FINDINGS[one.why.value].format(size=one.size)}, seen {when(one.seen_at)}"


def when(seconds: int) -> str | None:
    """Return an instant for a person; None for never."""
    at = instant_of(seconds) if seconds else None
    return instant.render(at)[:19] + "Z" if at else None


def _row(standing: Standing, size: int | None) -> str:
    where = origin_hash(standing.origin)
    findings = "<br>".join(
        f'<span class="{"alarm" if one.proves else "doubt"}">{html.escape(finding(one))}</span>'
        for one in standing.findings
    )
    if standing.dropped:
        findings += f"<br>and {standing.dropped} more refusals, for which there was no room"
    return (
        f'<tr><td><a href="{where}/checkpoint">{html.escape(standing.origin)}</a><td>{standing.size}'
        f'<td><a href="mirror/{where}/checkpoint">{"damaged" if size is None else size}</a>'
        f"<td>{when(standing.cosigned_at) or '—'}<td>{findings or '—'}</tr>\n"
    )
