"""What is offered in the story, and how each lot goes: a late bid, a parked one, a lot nobody wants, and the rest."""

from typing import Final

from listings.achievements.model import IpKind, Mode

from .cast import Offer

OFFERS: Final = (
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
    ),
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
            04-01 16:00    锡盟奶食 140
            04-02 09:10    盛夏生物 150
            04-02 10:20    土默川乳业 160 repeated
            04-02 10:22    阴山牧场 161 auctions/below-increment
            04-02 10:24    大青山乳品 170
            """,
        winner="大青山乳品",
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
            04-01 17:00    商都叶片 105
            04-02 09:40    化德储能 108
            04-02 11:00    辉腾风电 114
            04-02 11:27    灰腾新能 120 late
            04-02 11:31:30 敕勒科创 126 late
            """,
        winner="敕勒科创",
    ),
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
        bids="04-01 16:30 乌拉盖草种 45",
        winner="乌拉盖草种",
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
            04-01 15:30    库伦智农 40
            04-02 09:15    开鲁冷链 41
            04-02 13:00    奈曼牧科 44
            04-02 14:10    珠日河肉业 48
            """,
        winner="珠日河肉业",
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
        bids="""
            04-01 10:10    乌拉特葵业 60
            04-01 14:20    五原种业 62
            04-02 09:45    临河节水 66
            04-02 11:10    磴口水务 70
            04-02 15:00    乌拉特葵业 72
            04-02 15:24    五原种业 78
            """,
        winner="五原种业",
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
            04-03 15:00    额济纳梭梭 56
            04-07 09:00    巴丹治沙 60
            04-07 09:30    吉兰泰生态 62
            04-07 09:50    贺兰沙产业 68
            """,
        winner="贺兰沙产业",
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
            04-09 14:00    牙克石苗木 27
            04-10 10:00    额尔古纳蓝莓 28
            04-10 15:30    阿尔山生态 30
            04-10 15:58    根河林业 32 late
            04-10 16:01    阿尔山生态 33 late
            """,
        winner="阿尔山生态",
    ),
)
"""Disclosure counts working days: 20 from 2 March end with the 30th, and 25 pass Tomb-Sweeping Day to 7 April."""
