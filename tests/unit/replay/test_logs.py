"""Reading old logs: strict, in one line that names file and row, and in the order of arrival."""

import pytest

from exchange.app.replay import logs
from exchange.app.replay.logs import BadLog

AUCTIONS = (
    "auction_id,start_price,opened_at,closes_at,final_price\na1,1.00,2001-12-03T00:00:00Z,2001-12-04T00:00:00Z,2.50\n"
)
BIDS = "auction_id,bidder,at,amount\na1,x,2001-12-03T12:00:00Z,2.50\n"


@pytest.fixture
def read(tmp_path):
    def act(auctions=AUCTIONS, bids=BIDS, **more):
        files = (tmp_path / "a.csv", tmp_path / "b.csv")
        for file, text in zip(files, (auctions, bids), strict=True):
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return logs.read(*files, **more)

    return act


class TestRead:
    def test_merges_bids_by_instant_and_keeps_file_order_at_one(self, read):
        rows = "a1,late,2001-12-03T13:00:00Z,3\na1,one,2001-12-03T12:00:00Z,1\na1,two,2001-12-03T12:00:00+00:00,2\n"
        log = read(bids="auction_id,bidder,at,amount\n" + rows)
        assert [bid.bidder for bid in log.bids] == ["one", "two", "late"]
        assert log.bidders == ["one", "two", "late"]

    def test_keeps_the_first_auctions_and_only_their_bids(self, read):
        more = AUCTIONS + "a2,1,2001-12-01T00:00:00Z,2001-12-02T00:00:00Z,\n"
        log = read(more, BIDS + "a2,x,2001-12-01T01:00:00Z,1\n", limit=1)
        assert [one.id for one in log.auctions] == ["a1"]
        assert len(log.bids) == 1

    def test_lets_a_mark_carriage_returns_empty_lines_and_more_columns_pass(self, read):
        log = read(
            b"\xef\xbb\xbf" + AUCTIONS.replace("\n", "\r\n\r\n").encode(), "extra," + BIDS.replace("\na1", "\n9,a1")
        )
        assert (log.auctions[0].final_price_fen, log.bids[0].amount_fen) == (250, 250)

    @pytest.mark.parametrize("price", ["", "0", "0.00"])
    def test_takes_no_price_for_not_sold(self, read, price):
        assert read(AUCTIONS.replace("2.50", price)).auctions[0].final_price_fen is None

    @pytest.mark.parametrize(
        ("auctions", "bids", "said"),
        [
            ("", BIDS, "a.csv: the file is empty"),
            (AUCTIONS.splitlines()[0], BIDS, "no auction below the header"),
            (AUCTIONS.replace("start_price,", ""), BIDS, "row 1: the header names the column start_price not at all"),
            (AUCTIONS.replace("final_price", "auction_id"), BIDS, "column auction_id more than once"),
            (AUCTIONS + AUCTIONS.splitlines()[1], BIDS, "row 3: auction 'a1' stands in row 2 already"),
            (AUCTIONS.replace("1.00", "1.001"), BIDS, "row 2: start_price is '1.001'"),
            (AUCTIONS.replace("1.00", "-1"), BIDS, "row 2: start_price is '-1'"),
            (AUCTIONS.replace("1.00", "0"), BIDS, "row 2: start_price is below 0.01"),
            (AUCTIONS.replace("2001-12-04", "2001-12-02"), BIDS, "row 2: closes_at is not after opened_at"),
            (AUCTIONS.replace("04T00:00:00Z", "04T00:00:00"), BIDS, "row 2: closes_at is"),
            (AUCTIONS.replace("2001-12-03", "1969-12-03"), BIDS, "1970-01-02 or later"),
            (AUCTIONS, BIDS.replace("a1,x", "a9,x"), "b.csv, row 2: there is no auction 'a9'"),
            (AUCTIONS, BIDS.replace("a1,x,", "a1,,"), "row 2: bidder is empty"),
            (AUCTIONS, BIDS.replace("2.50", "1e3"), "row 2: amount is '1e3'"),
            (AUCTIONS, BIDS.replace(",2.50", ""), "row 2: it has 3 fields, the header 4"),
            (AUCTIONS, b"auction_id,bidder,at,amount\na1,\xff\xfe,x,1\n", "not UTF-8"),
            (AUCTIONS, BIDS + '"', "row 3"),
        ],
    )
    def test_says_in_one_line_what_is_wrong_and_where(self, read, auctions, bids, said):
        with pytest.raises(BadLog) as wrong:
            read(auctions, bids)
        assert said in str(wrong.value)
        assert "\n" not in str(wrong.value)
