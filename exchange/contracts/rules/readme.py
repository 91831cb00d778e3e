"""What stands beside the evidence: how to read it, and how to check it without us."""

from typing import Final

README_TEXT: Final = """\
交易存证包 · RECORD PACK  (mengkeju/record-pack, v1)

这是什么
  一个标的从挂牌到成交(或流拍)的全部记录。entries/ 是平台日志中的原始条目，逐字节不变；
  proofs/ 是每个条目的存在证明；checkpoint 是平台对整本日志的签名。其余文件均由它们计算得出。
  打开 index.html 阅读和打印。

如何核验
  1. 从平台以外可信的渠道(监管机构、贵单位留存的公告)取得日志公钥，不要只用包内的 log.vkey。
  2. mengkeju evidence verify 本文件.zip --vkey 公钥
     若有监管机构或贵单位自行保存的日志副本，再加 --against 目录：改写过的条目会被逐条指出。
     不给公钥时，最后一行显示 key not pinned：仅证明本包自身一致，不证明由谁签名。
  3. 不用我们的程序也可以：条目哈希为 SHA-256(0x00 ‖ 条目字节)；证明格式为 C2SP tlog-proof，
     检查点为 C2SP tlog-checkpoint(signed-note, Ed25519)，任何支持该公开标准的工具均可核验。
     disclosures.jsonl 每行公开一个密封值：SHA-256 of RFC 8785 JSON
     ["mengkeju/seal/v1", field, salt, value] 应等于该条目 sealed 中的同名摘要。

保密
  disclosures.jsonl 只含委托方依法可知的内容(保留价、受让方、自己的挂牌材料)，不含其他竞买人的身份。
  如需对外提供而不公开这些内容，请向平台另行申请，不要自行删改。

WHAT THIS IS
  Everything on the record of one lot, from its listing to its sale (or not). entries/ holds entries of the
  exchange's log, byte for byte; proofs/ the proof that each stands in the log; checkpoint the exchange's
  signature over the whole log. Every other file is computed from these. Open index.html to read or print.

HOW TO VERIFY
  1. Get the log's key from a source other than the exchange: a regulator, or a notice you kept. The log.vkey
     in this pack is a convenience and proves nothing.
  2. mengkeju evidence verify THIS-FILE.zip --vkey KEY
     With a copy of the log that a regulator or you yourself kept, add --against DIR: an entry that was
     rewritten is named. Without a key the last line says `key not pinned`: the pack agrees with itself, but who
     signed it is not known.
  3. Without our program: the hash of an entry is SHA-256(0x00 || its bytes), the proofs are C2SP tlog-proof,
     the checkpoint is C2SP tlog-checkpoint (signed-note, Ed25519); any tool for these public formats will do.
     Each line of disclosures.jsonl opens one sealed value: the SHA-256 of the RFC 8785 JSON
     ["mengkeju/seal/v1", field, salt, value] is the digest of that name in the entry's `sealed`.

WHAT IS CONFIDENTIAL
  disclosures.jsonl opens only what the seller is entitled to know: the reserve, the buyer, its own papers.
  It never says who the other bidders were.

FILES
  README.txt          this text
  index.html          the page for people
  pack.json           what is in the pack, with the SHA-256 of every other file
  timeline.json       every entry in order, for programs
  checkpoint          the signed state of the log
  log.vkey            the log's key, for convenience
  entries/*.json      the entries, named by their index in the log
  proofs/*.tlog-proof one proof for each
  disclosures.jsonl   opened values
"""
