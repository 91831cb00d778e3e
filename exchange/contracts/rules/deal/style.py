"""What a deal's page adds to the look of a lot's."""

from typing import Final

from ..reading import Record
from ..style import STYLE

DEAL_STYLE: Final = (
    STYLE
    + """\
h3{margin:22px 0 8px;font-size:15px;font-weight:600}
.badge.failed{background:#8a5a00}
.good{color:#2f6b3c;white-space:nowrap}.bad{color:#b3261e;font-weight:600;white-space:nowrap}
.track{display:flex;margin:26px 0 6px;padding:0;list-style:none}
.track li{flex:1;position:relative;padding:18px 6px 0 0;font-size:12.5px;line-height:1.4}
.track li::before{content:"";position:absolute;top:5px;left:0;right:0;border-top:2px solid #d9d4c9}
.track li::after{content:"";position:absolute;top:0;left:0;width:12px;height:12px;border-radius:50%;
 border:2px solid #c4beb2;background:#fff;box-sizing:border-box}
.track li:last-child::before{display:none}
.track b,.track span,.track time{display:block}
.track time{color:#6d7684;font-variant-numeric:tabular-nums}
.track .done::after{border-color:#8c1d18;background:#8c1d18}.track .done::before{border-color:#8c1d18}
.track .open b{color:#8a919c;font-weight:400}
.track .failed::after{border-color:#8a5a00;background:#8a5a00}.track .failed b{color:#8a5a00}
.verdict{margin:18px 0 0;padding:12px 16px;border-left:4px solid #8a5a00;background:#fbf6ea}
.verdict p{margin:0 0 4px}
.flow{display:block;width:100%;height:auto;margin:4px 0 10px}
.flow text{font-size:13px;fill:#1c2430;paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.flow .small{font-size:10.5px;fill:#6d7684}.flow .sum{font-weight:600}
.bar.price{fill:#2b4a73}.bar.reward{fill:#8c1d18}.bar.fee{fill:#9a8a5a}.bar.back{fill:#9aa1ac}.bar.gone{fill:#8a5a00}
.band{opacity:.28}
.band.price{fill:#2b4a73}.band.reward{fill:#8c1d18}.band.fee{fill:#9a8a5a}.band.back{fill:#9aa1ac}.band.gone{fill:#8a5a00}
.sums th{border:0;border-bottom:1px solid #ece8df;text-align:left}.sums th .en{display:inline}
.sums .term{white-space:nowrap}
tr.total td{border-top:2px solid #1c2430;font-weight:600}
tr.quiet td{color:#8a919c}tr.quiet .amount{font-weight:400}
tr.against td{background:#fdf3f2}
.parts th:last-child,.split th:last-child,.transfers th:nth-child(7),.transfers th:nth-child(8),
.costs th:nth-child(2),.steps th:nth-child(4),.steps th:nth-child(5){text-align:right}
.signatures code,.costs code{font-size:11px}
dl.whole{display:block}
dl.whole+table{margin-top:16px}
.balance{text-align:right;white-space:nowrap}
.moment,.badge{white-space:nowrap}
.bids th:nth-child(3){text-align:right}
.timeline td code{font-size:inherit}
.transfers,.clauses{font-size:12.5px}
.transfers td,.transfers th{padding:4px 6px}
section>table+table,section>table+dl,section>dl+table{margin-top:16px}
@media print{.transfers,.clauses,.timeline{font-size:9.5px}.track li{font-size:9.5px}
 h3{font-size:12px;break-after:avoid}
 .wide,.note{font-size:10px}.tag{font-size:9px}h3 .tag,h3 .badge{font-size:10px}
 dt{flex-basis:112px}dl{gap:0 20px}dl div{gap:8px}
 dd code{font-size:9px}.signatures code,.costs code,.documents code{font-size:8.5px}
 .hash{min-width:0}.signatures td{white-space:nowrap}
 .flow,.ladder,.track,.verdict,.parts,.signatures,.sums,.split,.costs,.steps,.clauses,.documents{break-inside:avoid}
 .note{break-before:avoid}h3+.note{break-after:avoid}}
@media (max-width:720px){.track{flex-direction:column}.track li{padding:0 0 10px 20px}
 .track li::before{display:none}}
"""
)


def style_of(record: Record, edition: int) -> str:
    """Return the look with a foot for paper: which deal, which edition, which page of how many."""
    lot = "".join(one for one in record.lot if one.isascii() and (one.isalnum() or one == "_"))
    foot = "font:9px sans-serif;color:#6d7684"
    return (
        f'{DEAL_STYLE}@page{{@bottom-left{{content:"{lot} · 第 {edition} 版 edition {edition}";{foot}}}\n'
        f' @bottom-right{{content:counter(page) " / " counter(pages);{foot}}}}}\n'
    )
