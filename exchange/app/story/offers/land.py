"""What is offered in the story: of what grows."""

from dataclasses import replace
from typing import Final

from exchange.contracts.model import ContractType
from listings.achievements.model import IpKind, Mode

from ..cast import Deal, Offer

LAND: Final = (
    Offer(
        title="耐旱羊草新品种",
        gloss="drought-proof grass",
        abstract="种子产量与越冬率均优于当地主栽品种，适于退化草原补播。",
        seller="白音草业科学研究所",
        inventors=("巴特尔", "其其格"),
        kind=IpKind.PLANT_VARIETY,
        serial="",
        mode=Mode.ORDINARY_LICENCE,
        industry="0181",
        start=45,
        increment=2,
        closes="04-02 14:00",
        payers=("浑善达克草业",),
        bids="04-01 16:30 乌拉盖草种 45",
        winner="乌拉盖草种",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="""
                technology 36 品种权许可使用费
                materials  9  原种三吨
                """,
            turns="""
                04-03 14:00 write
                04-07 16:30 seller signs
                04-08 14:00 buyer signs
                04-10 10:30 pay
                04-13 10:00 settle
                04-14 10:00 register
                """,
            costs="maintenance 5250",
        ),
    ),
    Offer(
        title="盐碱地向日葵种植",
        gloss="salt-land sunflowers",
        abstract="以引黄微咸水分阶段灌溉施肥，亩产提高两成，土壤盐分逐年下降。",
        seller="河套灌区农业研究院",
        inventors=("王利民", "赵春花"),
        kind=IpKind.INVENTION_PATENT,
        serial="201910887766",
        mode=Mode.SOLE_LICENCE,
        industry="0122",
        start=60,
        increment=2,
        closes="04-02 15:30",
        payers=("居延海节水",),
        bids="""
            04-01 10:10    乌拉特葵业 60
            04-01 14:20    五原种业 62
            04-01 16:00    北麓葵业 64
            04-02 09:45    临河节水 66
            04-02 11:10    磴口水务 70
            04-02 15:00    乌拉特葵业 72
            04-02 15:24    五原种业 78
            """,
        winner="五原种业",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="technology 78 排他许可使用费",
            turns="""
                04-03 14:00 write
                04-07 16:30 seller signs
                04-13 09:00 lapsed
                """,
            ending="unsigned",
        ),
    ),
    Offer(
        title="寒地水稻旱直播品种",
        gloss="cold-land rice",
        abstract="生育期一百二十天，旱直播出苗率高，适于第四积温带。",
        seller="兴安稻作研究所",
        inventors=("白文革", "包秀英"),
        kind=IpKind.PLANT_VARIETY,
        serial="",
        mode=Mode.ORDINARY_LICENCE,
        industry="0111",
        start=40,
        increment=1,
        closes="04-02 16:00",
        bids="""
            04-01 10:20    归流河米业 40
            04-01 14:40    绰尔河稻业 42
            04-02 10:40    察尔森农业 44
            04-02 15:40    乌兰河米业 47
            """,
        winner="乌兰河米业",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="technology 47 品种权许可使用费",
            turns="04-13 09:00 lapsed",
            ending="unwritten",
        ),
    ),
    Offer(
        title="谷子抗倒伏品种",
        gloss="upright millet",
        abstract="株高降低一成，抗倒伏，宜机收，旱地亩产三百公斤。",
        seller="红山农业大学",
        inventors=("李秀兰", "图雅"),
        kind=IpKind.PLANT_VARIETY,
        serial="",
        mode=Mode.ORDINARY_LICENCE,
        industry="0119",
        start=22,
        increment=1,
        announced="04-02 16:30",
        opens="04-03 09:00",
        closes="04-07 16:00",
        bids="""
            04-03 10:40    老哈河谷业 22
            04-03 14:10    达里诺尔米业 23
            04-07 09:20    英金河种业 24
            04-07 13:10    翁牛特杂粮 25
            04-07 15:20    老哈河谷业 27
            """,
        winner="老哈河谷业",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="""
                technology 22 品种权许可使用费
                materials  5  原种
                """,
            turns="""
                04-08 09:30 write
                04-08 16:00 seller signs
                04-09 11:00 buyer signs
                04-14 14:00 pay
                04-14 15:00 invoice
                04-15 10:00 settle
                04-16 10:00 register
                04-17 10:00 royalty
                07-22 10:00 sales 1
                """,
            costs="maintenance 3950",
        ),
    ),
    Offer(
        title="落叶松容器育苗方法",
        gloss="larch seedlings",
        abstract="轻基质容器与分段控温，一年生苗达到两年生裸根苗标准，造林成活率九成以上。",
        seller="北林生态研究所",
        inventors=("何雪松",),
        kind=IpKind.INVENTION_PATENT,
        serial="202080445566",
        mode=Mode.ORDINARY_LICENCE,
        industry="0212",
        start=25,
        increment=1,
        disclosure_days=25,
        announced="04-08 10:00",
        opens="04-09 09:00",
        closes="04-10 16:00",
        bids="""
            04-09 09:30    根河林业 25
            04-09 11:00    海拉尔河木业 26
            04-09 14:00    牙克石苗木 27
            04-10 10:00    额尔古纳蓝莓 28
            04-10 15:30    阿尔山生态 30
            04-10 15:58    根河林业 32 late
            04-10 16:01    阿尔山生态 33 late
            """,
        winner="阿尔山生态",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="""
                technology 28 普通许可使用费
                materials  5  基质配方样品
                """,
            turns="""
                04-13 14:00 write
                04-14 14:00 seller signs
                04-15 11:00 buyer signs
                04-16 09:30 plan trial
                04-16 10:00 agree
                04-28 09:00 tried
                """,
            ending="tried",
        ),
    ),
)

AGAIN: Final = replace(
    next(offer for offer in LAND if offer.gloss == "salt-land sunflowers"),
    round=2,
    announced="04-13 11:00",
    opens="04-14 09:00",
    closes="04-16 15:30",
    payers=(),
    barred="五原种业",
    bids="""
        04-14 09:30    乌拉特葵业 60
        04-14 15:00    磴口水务 64
        04-15 10:00    北麓葵业 68
        04-16 10:00    临河节水 70
        04-16 15:10    乌拉特葵业 74
        """,
    winner="乌拉特葵业",
    deal=Deal(
        type=ContractType.LICENCE,
        parts="technology 74 排他许可使用费",
        turns="""
            04-17 10:30 write
            04-20 09:30 seller signs
            04-20 15:00 buyer signs
            04-20 16:00 plan
            04-21 09:30 agree
            04-22 10:00 part 1
            04-22 15:00 freeze
            04-23 10:00 divide 1    -> escrow/frozen
            04-24 09:00 lift
            04-24 09:30 divide 1
            04-24 10:00 register
            05-28 10:00 overpaid 2
            05-28 11:00 reached 2
            05-28 15:00 confirm 2
            05-29 10:00 divide 2
            """,
        ending="planned",
    ),
)
"""The sunflowers once more, within 30 days, after their first buyer has not signed."""
