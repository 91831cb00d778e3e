"""How something may be offered: how long ahead, to whom first, how often (法释〔2016〕18号 art. 10, 12, 16 and 26).

Each is asked where the profile's numbers ask for it, when a lot is announced. `Previous` is the lot that offered the
same listing before and found no bids; without one this is a first auction.
"""

from datetime import timedelta

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.log.model import Event

from ..model import HOLDERS_NAMED, REAUCTION_ANNOUNCED, Lot, Previous, Profile, Terms

WHOLE_BP = 10_000
MAX_HOLDERS = 50  # an entry carries them all


class BadHolders(Refusal):
    """Holders of a right of pre-emption are named once each, with a rank from 1."""

    kind = Kind.MALFORMED
    zh = "优先购买权人不得重复，顺序从 1 起"


class NoPreemption(Refusal):
    """Nobody can match a price under this profile."""

    kind = Kind.CONFLICT
    zh = "本竞价规则不设优先购买权人同价竞买"


class HoldersNotNotified(Refusal):
    """A holder of a right of pre-emption must be told earlier."""

    kind = Kind.CONFLICT
    zh = "应当在公告前按规定期限通知优先购买权人"


class NoticeTooShort(Refusal):
    """A lot must be announced longer before bidding opens."""

    kind = Kind.CONFLICT
    zh = "公告期不足"


class NoMoreAttempts(Refusal):
    """The listing has been offered as often as this profile allows."""

    kind = Kind.CONFLICT
    zh = "该项目已达到本竞价规则允许的拍卖次数"


class ReauctionTooLate(Refusal):
    """What found no bids must be offered again sooner."""

    kind = Kind.CONFLICT
    zh = "流拍后再次拍卖已超过规定期限"


class NeedsAppraisal(Refusal):
    """Under this profile a lot needs an appraisal, or the market price that it is priced by."""

    kind = Kind.CONFLICT
    zh = "按本竞价规则，标的须有评估价或者市价"


class SecretReserve(Refusal):
    """Under this profile the start price is the reserve."""

    kind = Kind.CONFLICT
    zh = "按本竞价规则，保留价即为起拍价"


class CutTooDeep(Refusal):
    """The start price is cut too far below the one before."""

    kind = Kind.CONFLICT
    zh = "再次拍卖的起拍价降价幅度过大"


def require_holders(terms: Terms) -> None:
    """Refuse `BadHolders` for holders that no profile could know."""
    if len(terms.holders) > MAX_HOLDERS:
        raise BadHolders("too many holders", most=MAX_HOLDERS)
    if len({one.organisation for one in terms.holders}) < len(terms.holders):
        raise BadHolders("name each organisation once")
    if any(not 1 <= one.rank <= MAX_HOLDERS for one in terms.holders):
        raise BadHolders("a rank begins at 1", highest=MAX_HOLDERS)


def require_free(lot: Lot) -> None:
    """Refuse `BadHolders` where somebody is named as a holder who may not bid at all."""
    if any(lot.bars(one.organisation) for one in lot.terms.holders):
        raise BadHolders("name nobody who may not bid for this lot")


def require_notice(lot: Lot, cause: Cause, previous: Previous | None) -> None:
    """Refuse `NoPreemption`, `HoldersNotNotified`, `NoticeTooShort`, `NoMoreAttempts`, `ReauctionTooLate`."""
    profile, terms = lot.profile, lot.terms
    if terms.holders and not profile.matches:
        raise NoPreemption("choose a profile under which a price can be matched")
    latest = cause.at - timedelta(seconds=profile.holder_notice_s)
    if any(one.notified_at is not None and one.notified_at > latest for one in terms.holders):  # art. 16
        raise HoldersNotNotified("tell them, and wait", latest_at=instant.render(latest))
    earliest = cause.at + timedelta(seconds=profile.renotice_s if previous else profile.notice_s)
    if terms.opens_at < earliest:  # art. 12, 26
        raise NoticeTooShort("open bidding later", earliest_at=instant.render(earliest))
    if previous is None:
        return
    if previous.attempt >= profile.attempts_max:  # art. 26: what follows is not an auction
        raise NoMoreAttempts("end the listing, or offer it by other rules", attempts_max=profile.attempts_max)
    last = previous.ended_at + timedelta(seconds=profile.reauction_s)
    if terms.opens_at > last:
        raise ReauctionTooLate("open bidding sooner", latest_at=instant.render(last))


def require_prices(profile: Profile, terms: Terms, previous: Previous | None) -> None:
    """Refuse `NeedsAppraisal`, `SecretReserve`, `CutTooDeep`."""
    if profile.needs_appraisal and terms.appraisal_fen is None:  # art. 10
        raise NeedsAppraisal("say what the start price rests on")
    if profile.reserve_is_start and terms.reserve_fen is not None:  # art. 10
        raise SecretReserve("leave the reserve out", start_price_fen=terms.start_price_fen)
    if previous is not None:  # art. 26
        least = -(-previous.start_price_fen * (WHOLE_BP - profile.cut_max_bp) // WHOLE_BP)
        if terms.start_price_fen < least:
            raise CutTooDeep("raise the start price", smallest_fen=least)


def events(lot: Lot, previous: Previous | None) -> tuple[Event, ...]:
    """Say who may match a price, and which lot this one follows; nothing where that is nobody and none."""
    told: list[Event] = []
    if lot.terms.holders:
        told.append(_holders_named(lot))
    if previous is not None:
        told.append(
            REAUCTION_ANNOUNCED(
                lot.id,
                rule=lot.profile.ref,
                previous=previous.lot,
                previous_ended_at=previous.ended_at,
                previous_start_price_fen=previous.start_price_fen,
                attempt=previous.attempt + 1,
            )
        )
    return tuple(told)


def _holders_named(lot: Lot) -> Event:
    return HOLDERS_NAMED(
        lot.id,
        rule=lot.profile.ref,
        holders=[
            {
                "rank": one.rank,
                "right": one.right.value,
                "notified_at": instant.render(one.notified_at) if one.notified_at else None,
            }
            for one in lot.terms.holders
        ],
        organisations=[one.organisation for one in lot.terms.holders],
    )
