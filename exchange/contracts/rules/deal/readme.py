"""What stands beside a deal's evidence: how to read it, and how to check it without us."""

from typing import Final

DEAL_README_TEXT: Final = """\
交易存证包 · RECORD PACK  (mengkeju/record-pack, v2)

这是什么
  一笔交易的全部记录：挂牌、竞价、合同与签署、逐笔资金、激励核算，直至结清或未成。
  entries/ 是平台日志中的原始条目，逐字节不变；
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
  disclosures.jsonl 只含让与方依法可知的内容(保留价、受让方、自己的挂牌材料、合同价款构成、自己申报的成本和
  发明人奖酬分配)，不含其他竞买人的身份，也不含任何一方的银行流水号。发明人姓名和奖酬是个人信息，请按需保管。
  如需对外提供而不公开这些内容，请向平台另行申请，不要自行删改。

版次
  交易每到一个终点(成交、结清、登记、激励核定或拨付)即生成新一版，后一版包含前一版的全部条目。
  本包是第几版见 pack.json 的 edition；平台日志中 contract.pack_built 记载该版的 SHA-256。

WHAT THIS IS
  Everything on the record of one deal: listing, bidding, contract and signatures, the money transfer by transfer,
  the incentive, until it was settled or fell through. entries/ holds entries of the exchange's log, byte for
  byte; proofs/ the proof that each stands in the log; checkpoint the exchange's signature over the whole log.
  Every other file is computed from these. Open index.html to read or print.

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
  disclosures.jsonl opens only what the seller is entitled to know: the reserve, the buyer, its own papers, the
  parts of the contract, its own costs and how it shared the inventors' reward. It never says who the other
  bidders were, nor any bank reference. Inventors' names and rewards are personal data: keep them as such.

EDITIONS
  Each end a deal comes to (sold, settled, registered, a claim decided or paid) makes another edition; a later
  one holds every entry of those before it. `edition` in pack.json says which this is; the log's entry
  contract.pack_built of that edition has its SHA-256. A claim left out of this pack leaves no gap that shows
  in it: only a copy of the log (--against) proves that there is none.

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
