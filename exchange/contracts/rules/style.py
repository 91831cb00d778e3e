"""How the page looks: ink on paper, one accent, nothing fetched from anywhere."""

from typing import Final

STYLE: Final = """
@page{size:A4;margin:14mm}
*{box-sizing:border-box}
body{margin:0;background:#f3f1ec;color:#1c2430;
 font:14px/1.55 "Source Han Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei","Segoe UI",sans-serif}
main{max-width:1020px;margin:32px auto;padding:44px 48px 36px;background:#fff;border-top:6px solid #8c1d18;
 box-shadow:0 1px 3px #0002}
.en{color:#6d7684;font-size:.82em;font-weight:400}
.kicker{margin:0;color:#8c1d18;letter-spacing:.08em}
h1,h2{font-family:"Source Han Serif SC","Noto Serif CJK SC","Songti SC",SimSun,serif;font-weight:600}
h1{margin:6px 0 12px;font-size:27px;line-height:1.3}
h2{margin:34px 0 12px;padding-bottom:6px;border-bottom:1px solid #d9d4c9;font-size:18px}
header p{margin:0;display:flex;flex-wrap:wrap;align-items:center;gap:16px}
header .kicker{display:block}
header strong{font-size:24px;font-variant-numeric:tabular-nums}
header code{color:#6d7684}
.badge{padding:2px 14px;border-radius:3px;color:#fff;font-weight:600}
.badge .en{color:#fffc}
.badge.sold{background:#8c1d18}.badge.unsold{background:#5b6472}
dl{display:grid;grid-template-columns:1fr 1fr;gap:0 32px;margin:0}
dl div{display:flex;gap:12px;padding:5px 0;border-bottom:1px dotted #e2ded5;break-inside:avoid}
dt{flex:0 0 158px;color:#4a5362}
dd{margin:0;min-width:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
dd code{margin-right:8px}
code{font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{padding:6px 8px;border-bottom:2px solid #1c2430;text-align:left;font-weight:600;white-space:nowrap}
th .en{display:block}
td{padding:5px 8px;border-bottom:1px solid #ece8df;vertical-align:top}
tr{break-inside:avoid}
thead{display:table-header-group}
.amount{text-align:right;white-space:nowrap;font-weight:600}
.instant,.number{white-space:nowrap}.rule{color:#6d7684;white-space:nowrap}
.hash{min-width:300px}
tr.won td{background:#fbf1ef}tr.won .amount{color:#8c1d18}
tr.refused td{color:#8a919c}
.tag{display:inline-block;padding:0 7px;border:1px solid #c9b27a;border-radius:9px;color:#7a5c12;font-size:11.5px}
.note{color:#6d7684;font-size:12.5px}
.wide{font-size:12.5px;color:#4a5362}
.ladder{display:block;width:100%;height:auto;margin:4px 0 14px}
.ladder text{font-size:11.5px;fill:#4a5362}
.ladder .scale{text-anchor:end}.ladder .code{text-anchor:middle;font-weight:600}.ladder .instant{text-anchor:middle}
.ladder .start{text-anchor:end}.ladder text.reserve{fill:#7a5c12}
.axis{stroke:#9aa1ac}.mark{stroke:#9aa1ac;stroke-dasharray:5 5}.mark.reserve{stroke:#c9a23a}
.steps{fill:none;stroke:#2b4a73;stroke-width:2}
.point{fill:#2b4a73}.point.won{fill:#8c1d18}.point.refused{fill:#fff;stroke:#8a919c;stroke-width:1.5}
.extends{stroke:#c9a23a;stroke-dasharray:2 4}
@media print{body{background:#fff;font-size:11px}main{margin:0;padding:0;box-shadow:none;border-top-width:4px}
 h2{margin-top:20px;font-size:15px;break-after:avoid}code{font-size:10px}}
@media (max-width:720px){main{padding:24px 16px}dl{grid-template-columns:1fr}table{display:block;overflow-x:auto}}
"""
