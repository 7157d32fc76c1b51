"""Who a sender is."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from remanso.model.message import Sender
from remanso.store.identity import Alias, identify

ANA, BEA = UUID(int=1), UUID(int=2)
PHONE, USER = ("wa_id", "5491155550000"), ("user_id", "AR.1")
FULL = Sender(wa_id=PHONE[1], user_id=USER[1])

senders = st.builds(
    Sender,
    wa_id=st.none() | st.sampled_from("123"),
    user_id=st.none() | st.sampled_from(["AR.1", "AR.2", "AR.3"]),
).filter(lambda sender: sender.aliases)


def user_ids(known: dict[Alias, UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for (kind, value), owner in known.items():
        if kind == "user_id":
            found.setdefault(owner, set()).add(value)
    return found


def meet(known: dict[Alias, UUID], sender: Sender) -> UUID:
    """As the store does: identify, and write the aliases down."""
    identity = identify("school", sender, known, user_ids(known))
    known.update(dict.fromkeys(identity.aliases, identity.contact_id))
    return identity.contact_id


def test_a_stranger_is_new_and_has_the_same_id_everywhere() -> None:
    one, other = (identify("school", FULL, {}, {}) for _ in range(2))
    assert one == other
    assert one.is_new
    assert one.aliases == (USER, PHONE)
    assert identify("another", FULL, {}, {}).contact_id != one.contact_id


def test_a_phone_number_learns_its_user_id() -> None:
    identity = identify("school", FULL, {PHONE: ANA}, {})
    assert (identity.contact_id, identity.is_new, identity.aliases) == (ANA, False, (USER,))


def test_the_user_id_is_stronger_and_takes_the_number_along() -> None:
    identity = identify("school", FULL, {USER: ANA, PHONE: BEA}, {ANA: {USER[1]}})
    assert (identity.contact_id, identity.aliases) == (ANA, (PHONE,))


def test_a_recycled_number_is_somebody_else() -> None:
    """Beatriz got the number that Ana gave back: she must not see Ana's history."""
    known: dict[Alias, UUID] = {}
    ana = meet(known, FULL)
    bea = meet(known, Sender(wa_id=PHONE[1], user_id="AR.2"))
    assert bea != ana
    assert meet(known, Sender(wa_id=PHONE[1])) == bea
    assert meet(known, Sender(user_id=USER[1])) == ana


def test_who_hides_their_number_stays_the_same_person() -> None:
    known: dict[Alias, UUID] = {}
    assert meet(known, FULL) == meet(known, Sender(user_id=USER[1])) == meet(known, Sender(wa_id=PHONE[1]))


@given(st.lists(senders, min_size=1, max_size=12))
def test_two_user_ids_are_never_one_person(met: list[Sender]) -> None:
    known: dict[Alias, UUID] = {}
    for sender in met:
        meet(known, sender)
        assert all(len(names) == 1 for names in user_ids(known).values())


@given(st.lists(senders, min_size=1, max_size=12), senders)
def test_who_wrote_a_moment_ago_is_recognised(met: list[Sender], sender: Sender) -> None:
    known: dict[Alias, UUID] = {}
    for earlier in met:
        meet(known, earlier)
    found = meet(known, sender)
    assert meet(known, sender) == found
    assert all(known[alias] == found for alias in sender.aliases)
