"""What is offered in the story: of mines, wind and workshops."""

from typing import Final

from exchange.contracts.model import ContractType
from listings.achievements.model import IpKind, Mode

from ..cast import Deal, Offer

INDUSTRY: Final = (
    Offer(
        title="高丰度稀土永磁材料",
        gloss="rare-earth magnets",
        abstract="以镧铈部分替代镨钕，降低永磁体成本，最大磁能积保持在四十兆高奥以上；已完成公斤级中试。",
        seller="阴山理工大学",
        inventors=("郭建平", "陶格斯"),
        kind=IpKind.INVENTION_PATENT,
        serial="202210345678",
        mode=Mode.ASSIGNMENT,
        industry="3232",
        start=300,
        increment=10,
        closes="04-02 10:00",
        payers=("南海子磁材",),
        bids="""
            04-01 09:10    白云磁业 300
            04-01 10:00    昆河稀土 310
            04-01 11:30    青山电机 330
            04-01 15:00    白云磁业 350
            04-02 09:00    石门新材 360
            04-02 09:30    滨河永磁 380
            04-02 09:50    敕勒科创 390
            04-02 09:57:30 白云磁业 400 late
            04-02 10:01:10 滨河永磁 420 late
            04-02 10:05    白云磁业 440 late
            04-02 10:10:01 滨河永磁 450 parked
            """,
        winner="白云磁业",
        deal=Deal(
            type=ContractType.TRANSFER,
            parts="""
                technology 410 专利权转让
                equipment  24  烧结模具与工装
                materials  6   公斤级样品
                """,
            turns="""
                04-03 10:00 write draft
                04-03 14:00 write
                04-07 11:00 seller signs
                04-07 11:30 register           -> contracts/not-effective
                04-08 09:30 buyer signs draft  -> contracts/another-version
                04-08 10:30 buyer signs
                04-09 14:00 pay short          -> escrow/wrong-amount
                04-09 15:00 pay
                04-13 09:30 settle 40          -> escrow/reward-too-small
                04-13 10:00 settle
                04-14 10:00 register
                04-15 14:00 claim
                04-15 15:00 claim              -> subsidies/claimed-already
                04-17 11:00 incentive
                """,
            costs="""
                appraisal   60000
                maintenance 21000
                """,
            reward_percent="60",
            weights=(7, 3),
            broker="北疆技术转移",
            tax=340_000,
            incentive=44_000,
        ),
    ),
    Offer(
        title="煤制油尾气碳捕集工艺",
        gloss="CO2 capture",
        abstract="针对煤制油高浓度尾气的低能耗捕集与咸水层封存，吨捕集能耗下降两成。",
        seller="高原碳循环研究院",
        inventors=("张卫东", "王颖", "达来"),
        kind=IpKind.INVENTION_PATENT,
        serial="202010998877",
        mode=Mode.ORDINARY_LICENCE,
        industry="2523",
        start=800,
        increment=20,
        reserve=1200,
        closes="04-02 11:00",
        bids="""
            04-01 09:40    杭锦能化 800
            04-01 13:00    准格尔清能 840
            04-01 15:00    窟野河能化 860
            04-02 09:20    乌海碳汇 900
            04-02 10:45    杭锦能化 960
            """,
        winner=None,
    ),
    Offer(
        title="风电叶片防覆冰涂层",
        gloss="ice-free blades",
        abstract="零下三十度仍有效的疏冰涂层，叶片停机除冰时间减少七成。",
        seller="察哈尔风光研究院",
        inventors=("刘海峰", "乌兰"),
        kind=IpKind.INVENTION_PATENT,
        serial="202310112233",
        mode=Mode.ASSIGNMENT,
        industry="3415",
        start=90,
        increment=3,
        closes="04-02 11:30",
        bids="""
            04-01 09:15    辉腾风电 90
            04-01 09:50    灰腾新能 93
            04-01 13:30    四子王绿能 99
            04-01 15:00    岱海风能 102
            04-01 17:00    商都叶片 105
            04-02 09:40    化德储能 108
            04-02 11:00    辉腾风电 114
            04-02 11:27    灰腾新能 120 late
            04-02 11:31:30 敕勒科创 126 late
            """,
        winner="敕勒科创",
        deal=Deal(
            type=ContractType.TRANSFER,
            parts="""
                technology 118 专利权转让
                materials  8   首批涂料
                """,
            turns="""
                04-03 14:00 write
                04-07 16:30 seller signs
                04-08 14:00 buyer signs
                04-10 10:00 pay as rare-earth magnets -> escrow/payment-recorded
                04-10 10:30 pay
                04-13 10:00 settle
                04-14 10:00 register
                04-15 14:00 claim              -> art. 4 (6)
                """,
            costs="""
                appraisal 20000
                tax       12400
                """,
            reward_percent="55",
            weights=(2, 1),
            incentive_refused="art. 4 (6)",
        ),
    ),
    Offer(
        title="煤矸石轻骨料工艺",
        gloss="coal-gangue aggregate",
        abstract="以煤矸石与粉煤灰烧制轻骨料，筒压强度达标，每吨产品消纳固废八百公斤。",
        seller="乌海固废利用研究院",
        inventors=("丁浩然", "斯日古楞", "马丽"),
        kind=IpKind.INVENTION_PATENT,
        serial="202210778899",
        mode=Mode.SOLE_LICENCE,
        industry="3024",
        start=70,
        increment=2,
        announced="04-02 16:30",
        opens="04-03 09:00",
        closes="04-07 15:00",
        bids="""
            04-03 10:20    乌兰布和建材 70
            04-03 14:30    海勃湾陶粒 74
            04-07 09:15    拉僧庙新材 80
            04-07 11:20    桌子山固废 84
            04-07 14:40    海勃湾陶粒 96
            """,
        winner="海勃湾陶粒",
        deal=Deal(
            type=ContractType.LICENCE,
            parts="""
                technology 80 排他许可使用费
                equipment  16 中试窑具
                """,
            turns="""
                04-08 09:30 write
                04-08 16:00 seller signs
                04-09 11:00 buyer signs
                04-14 14:00 pay
                04-15 10:00 settle
                04-16 10:00 register
                """,
            costs="""
                appraisal 15000
                tax       8600
                """,
            weights=(5, 3, 2),
        ),
    ),
    Offer(
        title="流动沙丘草方格机",
        gloss="dune straw grids",
        abstract="牵引式草方格铺设机，日铺设量相当于三十名工人，适于二十五度以下沙坡。",
        seller="居延治沙研究院",
        inventors=("敖登", "陈志远"),
        kind=IpKind.UTILITY_MODEL,
        serial="202220334455",
        mode=Mode.ASSIGNMENT,
        industry="0220",
        start=52,
        increment=2,
        returned_for="检测报告缺少签章，请补正后重新提交",
        announced="04-02 16:30",
        opens="04-03 09:00",
        closes="04-07 10:00",
        bids="""
            04-03 09:30    贺兰沙产业 52
            04-03 11:00    腾格里机械 54
            04-03 15:00    额济纳梭梭 56
            04-07 09:00    巴丹治沙 60
            04-07 09:30    吉兰泰生态 62
            04-07 09:50    贺兰沙产业 68
            """,
        winner="贺兰沙产业",
        deal=Deal(
            type=ContractType.TRANSFER,
            parts="""
                technology 60 专利权转让
                equipment  8  样机一台
                """,
            turns="""
                04-08 09:30 write
                04-08 16:00 seller signs
                04-09 11:00 buyer signs
                04-16 11:00 default            -> escrow/not-yet-overdue
                04-17 09:30 default
                """,
            ending="unpaid",
        ),
    ),
)
