"""What is offered in the story: of what is eaten."""

from typing import Final

from exchange.contracts.model import ContractType
from listings.achievements.model import IpKind, Mode

from ..cast import Deal, Offer

FOOD: Final = (
    Offer(
        title="常温酸奶菌株",
        gloss="yoghurt culture",
        abstract="从传统奶食中分离的耐热菌株，常温货架期六个月，活菌数稳定。",
        seller="草原大学",
        inventors=("苏日娜",),
        kind=IpKind.INVENTION_PATENT,
        serial="202110223344",
        mode=Mode.EXCLUSIVE_LICENCE,
        industry="1441",
        start=120,
        increment=5,
        reserve=150,
        closes="04-02 10:30",
        bids="""
            04-01 09:20    土默川乳业 120
            04-01 10:40    大青山乳品 125
            04-01 14:00    阴山牧场 130
            04-01 15:00    黄旗海乳业 135
            04-01 16:00    锡盟奶食 140
            04-02 09:10    盛夏生物 150
            04-02 10:20    土默川乳业 160 repeated
            04-02 10:22    阴山牧场 161 auctions/below-increment
            04-02 10:24    大青山乳品 170
            """,
        winner="大青山乳品",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="technology 170 独占许可使用费",
            turns="""
                04-03 14:00 write
                04-07 16:30 seller signs
                04-08 14:00 buyer signs
                04-10 10:30 pay
                04-13 10:00 settle
                04-14 10:00 register
                04-15 14:00 claim              -> art. 4 (6)
                04-20 14:00 claim
                04-21 11:00 incentive
                """,
            costs="""
                appraisal 30000
                agency    24500
                """,
            incentive=17_000,
        ),
    ),
    Offer(
        title="沙棘果油低温提取",
        gloss="sea-buckthorn oil",
        abstract="亚临界低温提取，果油收率提高一成半，类胡萝卜素保留九成以上。",
        seller="草原大学",
        inventors=("苏日娜", "钢特木尔"),
        kind=IpKind.INVENTION_PATENT,
        serial="202110667788",
        mode=Mode.ORDINARY_LICENCE,
        industry="1331",
        start=30,
        increment=1,
        announced="04-02 16:30",
        opens="04-03 09:00",
        closes="04-07 14:00",
        bids="""
            04-03 09:40    哈素海生物 30
            04-03 13:30    丰州油脂 32
            04-03 16:00    白塔营养 34
            04-07 11:00    毛乌素沙棘 38
            04-07 13:30    丰州油脂 42
            """,
        winner="丰州油脂",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="technology 42 普通许可使用费",
            turns="""
                04-08 09:30 write
                04-08 16:00 seller signs
                04-09 11:00 buyer signs
                04-16 14:00 pay
                04-17 10:00 settle
                04-20 10:00 register
                04-20 14:00 claim
                04-21 11:30 incentive          -> subsidies/budget-exhausted
                """,
            costs="appraisal 7700",
        ),
    ),
    Offer(
        title="肉牛胴体分级软件",
        gloss="beef grading software",
        abstract="以影像判定大理石花纹与眼肌面积，与人工评级一致率九成五。",
        seller="科尔沁智牧",
        inventors=("那顺", "金花"),
        kind=IpKind.SOFTWARE_COPYRIGHT,
        serial="",
        mode=Mode.EXCLUSIVE_LICENCE,
        industry="1351",
        start=36,
        increment=1,
        closes="04-02 14:30",
        bids="""
            04-01 09:25    珠日河肉业 36
            04-01 11:00    奈曼牧科 38
            04-01 12:00    科尔沁智牧 39 auctions/conflict-of-interest
            04-01 13:30    大青沟肉业 39
            04-01 15:30    库伦智农 40
            04-02 09:15    开鲁冷链 41
            04-02 10:00    西辽河农科 42
            04-02 13:00    奈曼牧科 44
            04-02 14:10    珠日河肉业 48
            """,
        winner="珠日河肉业",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="""
                technology 40 独占许可使用费
                equipment  8  采集相机两套
                """,
            turns="""
                04-03 14:00 write
                04-07 16:30 seller signs
                04-08 14:00 buyer signs
                04-10 10:30 pay
                04-13 10:00 settle
                04-14 10:00 register
                """,
            costs="tax 14400",
            reward_percent="10",
        ),
    ),
    Offer(
        title="羊肉微冻保鲜装置",
        gloss="mutton super-chilling",
        abstract="零下三度微冻贮藏，汁液流失率下降，货架期延长至四十天。",
        seller="红山农业大学",
        inventors=("李秀兰",),
        kind=IpKind.UTILITY_MODEL,
        serial="202120556677",
        mode=Mode.ASSIGNMENT,
        industry="1353",
        start=28,
        increment=1,
        closes="04-02 15:00",
        payers=("林东羊业",),
        bids="",
        winner=None,
    ),
)
