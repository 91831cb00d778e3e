"""Who is in the story, and what they offer. All of them are invented; the places, industries and codes are real.

Amounts are in ten thousand yuan (万元), as such offers are spoken of. Times are China's.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from exchange.contracts.model import ContractType
from exchange.members.model import CreditCode, Role, credit_check
from ledger.kernel.calendar import CHINA
from listings.achievements.model import ApplicationNumber, IpKind, Mode, Region, application_check

Ending: TypeAlias = Literal["settled", "planned", "tried", "unsigned", "unpaid", "unwritten"]

STORY_YEAR: Final = 2026
TEN_THOUSAND_YUAN: Final = 10_000
COUNTED: Final = frozenset({"accepted", "late", "repeated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An organisation that enters, with the person who acts for it first."""

    name: str
    region: Region
    role: Role
    person: str

    def credit_code(self) -> CreditCode:
        """Return a code made of its place and name."""
        kind = "91" if self.role is Role.ENTERPRISE else "12"
        digest = hashlib.sha256(self.name.encode()).digest()
        body = f"{kind}{self.region}00{int.from_bytes(digest[:4]) % 10**9:09d}"
        return CreditCode(body + credit_check(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a bidder does: it offers `amount` for a lot at `at`, and hears what `outcome` says."""

    at: datetime
    bidder: str
    amount: int
    outcome: str  # accepted, late (and moves the end), repeated, parked, or the code of a refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that is done about a deal at `at`: what, and the refusal that is heard, if one must be."""

    at: datetime
    what: str
    refusal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What is agreed when a lot is sold, what is done about it when, and how it ends."""

    type: ContractType
    parts: str  # lines of what a part of the price is for, its amount, its name
    turns: str
    costs: str = ""  # lines of a kind of cost and its amount in yuan, for costs are small
    reward_percent: str = "50"  # of net income, for the inventors
    weights: tuple[int, ...] = ()  # of the inventors' shares; none given: all alike
    broker: str | None = None  # who brought the parties together, for 1 % of the price
    tax: int | None = None  # yuan, withheld from the first inventor's reward
    ending: Ending = "settled"
    incentive: int | None = None  # yuan, where it is paid
    incentive_refused: str | None = None  # the clause that refuses it, where one does to the end

    def sequence(self) -> Iterator[Turn]:
        """Yield what is done, in order."""
        for line in _lines(self.turns):
            day, clock, rest = line.split(maxsplit=2)
            what, _, refusal = rest.partition(" -> ")
            yield Turn(at=when(f"{day} {clock}"), what=what.strip(), refusal=refusal.strip() or None)

    def priced(self) -> list[tuple[str, int, str]]:
        """Return each part: its kind, its amount, its name."""
        split = [line.split(maxsplit=2) for line in _lines(self.parts)]
        return [(kind, int(amount), name) for kind, amount, name in split]

    def itemised(self) -> list[tuple[str, int]]:
        """Return each cost: its kind, its amount in yuan."""
        return [(kind, int(amount)) for kind, amount in map(str.split, _lines(self.costs))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An achievement, its listing and its lot, and what becomes of it."""

    title: str
    gloss: str
    abstract: str
    seller: str
    inventors: tuple[str, ...]
    kind: IpKind
    serial: str  # of the patent application; empty for what has no number
    mode: Mode
    industry: str  # GB/T 4754-2017
    start: int
    increment: int
    reserve: int | None = None
    disclosure_days: int = 20
    returned_for: str | None = None  # why the officer first sends it back
    announced: str = "03-31 10:00"
    opens: str = "04-01 09:00"
    closes: str
    payers: tuple[str, ...] = ()  # who pay a deposit and then do not bid
    bids: str
    winner: str | None
    deal: Deal | None = None  # of what is sold
    round: int = 1  # 2: what fell through is offered again
    barred: str | None = None  # whose deposit is refused

    @property
    def full_title(self) -> str:
        """The title as it is listed."""
        return f"{self.title} ({self.gloss})"

    @property
    def name(self) -> str:
        """What the lot is called in the story."""
        return self.gloss if self.round == 1 else f"{self.gloss.split()[-1]} again"

    @property
    def price(self) -> int:
        """The last amount that counts."""
        return max((step.amount for step in self.steps() if step.outcome in COUNTED), default=0)

    def application_number(self) -> ApplicationNumber | None:
        """Return its number with the check digit, if its kind has one."""
        return ApplicationNumber(f"{self.serial}.{application_check(self.serial)}") if self.serial else None

    def document_sha256(self, name: str) -> str:
        """Return the hash of one of its papers."""
        return hashlib.sha256(f"{self.title}/{name}".encode()).hexdigest()

    def steps(self) -> Iterator[Step]:
        """Yield what the bidders do, in order."""
        for line in _lines(self.bids):
            day, clock, bidder, amount, *outcome = line.split()
            yield Step(
                at=when(f"{day} {clock}"), bidder=bidder, amount=int(amount), outcome=" ".join(outcome) or "accepted"
            )

    def bidders(self) -> list[str]:
        """Return everybody who pays a deposit for the lot."""
        bidding = [step.bidder for step in self.steps() if step.bidder != self.seller]
        return list(dict.fromkeys((*bidding, *self.payers)))


def when(text: str) -> datetime:
    """Read `04-02 09:57:30`, or without seconds, as an instant of the story."""
    form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    return datetime.strptime(f"{STORY_YEAR}-{text}", form).replace(tzinfo=CHINA).astimezone(UTC)


def _lines(text: str) -> Iterator[str]:
    return filter(None, map(str.strip, text.splitlines()))


def yuan(amount: int) -> dict[str, str]:
    """Write ten thousands of yuan as the API's money."""
    return {"amount": f"{amount * TEN_THOUSAND_YUAN}.00", "currency": "CNY"}


def _members(role: Role, text: str) -> dict[str, Member]:
    """Read lines of a region code and its members, each by its short name, the rest of its name, and its person."""
    found = {}
    for line in _lines(text):
        region, *names = line.split()
        for name in names:
            short, rest, person = re.split("[+/]", name)
            found[short] = Member(name=short + rest, region=Region(region), role=role, person=person)
    return found


INSTITUTES: Final = _members(
    Role.UNIVERSITY,
    """
    1501 草原大学+/苏日娜
    1502 阴山理工大学+/郭建平
    1503 乌海固废利用研究院+/丁浩然
    1504 红山农业大学+/李秀兰
    1506 高原碳循环研究院+/张卫东
    1507 北林生态研究所+/何雪松
    1508 河套灌区农业研究院+/王利民
    1509 察哈尔风光研究院+/刘海峰
    1522 兴安稻作研究所+/白文革
    1525 白音草业科学研究所+/巴特尔
    1529 居延治沙研究院+/敖登
    """,
)
ENTERPRISES: Final = _members(
    Role.ENTERPRISE,
    """
    1501 土默川乳业+有限公司/赵敏 大青山乳品+有限公司/云飞 阴山牧场+有限公司/高娃 盛夏生物+有限公司/孙琳
    1501 敕勒科创+有限公司/白乙拉 哈素海生物+有限公司/刘洋 丰州油脂+有限公司/魏然 白塔营养+有限公司/潘悦
    1502 白云磁业+有限公司/韩冰 昆河稀土+有限公司/吴刚 青山电机+有限公司/周洋 石门新材+有限公司/冯磊
    1502 滨河永磁+有限公司/陈曦 南海子磁材+有限公司/郑凯
    1503 乌海碳汇+有限公司/田野 乌兰布和建材+有限公司/金鹏 海勃湾陶粒+有限公司/丁浩 拉僧庙新材+有限公司/康宁
    1503 桌子山固废+有限公司/谢军
    1504 林东羊业+有限公司/额尔敦 老哈河谷业+有限公司/乌日图 达里诺尔米业+有限公司/呼格
    1504 英金河种业+有限公司/白雪 翁牛特杂粮+有限公司/陈磊
    1505 珠日河肉业+有限公司/包金山 奈曼牧科+有限公司/斯琴 库伦智农+有限公司/宝音 开鲁冷链+有限公司/佟雷
    1505 科尔沁智牧+科技有限公司/那顺 西辽河农科+有限公司/萨仁 大青沟肉业+有限公司/王海
    1506 杭锦能化+有限公司/贺军 准格尔清能+有限公司/杨帆 毛乌素沙棘+有限公司/阿茹娜 窟野河能化+有限公司/李强
    1507 根河林业+有限公司/于海 牙克石苗木+有限公司/宋佳 额尔古纳蓝莓+有限公司/娜仁 海拉尔河木业+有限公司/佟林
    1508 乌拉特葵业+有限公司/马超 五原种业+有限公司/郝亮 临河节水+有限公司/段红 磴口水务+有限公司/石磊
    1508 北麓葵业+有限公司/高波
    1509 辉腾风电+有限公司/任远 灰腾新能+有限公司/曹阳 四子王绿能+有限公司/其木格 商都叶片+有限公司/武斌
    1509 化德储能+有限公司/梁晨 岱海风能+有限公司/霍达 黄旗海乳业+有限公司/牛丽
    1522 阿尔山生态+有限公司/朝鲁 归流河米业+有限公司/哈达 绰尔河稻业+有限公司/铁柱 察尔森农业+有限公司/金龙
    1522 乌兰河米业+有限公司/萨如拉
    1525 锡盟奶食+有限公司/乌云 乌拉盖草种+有限公司/哈斯 浑善达克草业+有限公司/青格
    1529 贺兰沙产业+有限公司/马兰 额济纳梭梭+有限公司/道尔吉 巴丹治沙+有限公司/苏和 吉兰泰生态+有限公司/塔娜
    1529 腾格里机械+有限公司/巴雅尔 居延海节水+有限公司/孟和
    """,
)
AGENCIES: Final = _members(Role.SERVICE_AGENCY, "1501 北疆技术转移+有限公司/贺兰")
REGULATOR: Final = Member(name="成果交易监管处", region=Region.HOHHOT, role=Role.REGULATOR, person="监管员")
MEMBERS: Final = INSTITUTES | ENTERPRISES | AGENCIES
