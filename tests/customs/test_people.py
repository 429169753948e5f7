"""Authorities, their posts, and the people who work there."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction

from customs.models import BorderPost, Posting
from customs.risk.vocabulary import PostKind
from customs.services import people
from provenance.models import Membership, Refusal
from provenance.services.record import rebuild
from tests.captured import Captured, refused
from tests.customs.conftest import Border, member

pytestmark = pytest.mark.django_db


def test_an_authority_is_a_party_of_that_role_with_its_country(world: Captured) -> None:
    assert people.authority(world.customs_nl.gln).country == "NL"
    assert [party.country for party in people.authorities()] == ["NL", "CN"]
    with refused("not-an-authority"):
        people.authority(world.maker.gln)
    with refused("not-an-authority"):
        people.authority("9520000000400")


@pytest.mark.parametrize(
    ("locode", "name"),
    [
        ("CNSZX", "Bao'an"),
        ("NLRT", "too short"),
        ("nlrtm", "small letters"),
        ("NLRT1", "the digits 0 and 1 are not used"),
        ("XXRTM", "no such country"),
        ("NLRTM", ""),
        ("NLRTM", "x" * 201),
        ("NLRTM", "\u202eevil"),
        ("NLRTM\n", "with a line break"),
    ],
)
def test_a_post_lies_in_its_authoritys_country(world: Captured, locode: str, name: str) -> None:
    with pytest.raises(people.BadPost) as caught:
        people.open_post(world.customs_nl.gln, locode, PostKind.SEA, name)
    assert caught.value.code == "bad-post"
    assert not BorderPost.objects.exists()


@pytest.mark.parametrize("kind", list(PostKind))
def test_a_post_is_of_each_kind(world: Captured, kind: PostKind) -> None:
    post = people.open_post(world.customs_nl.gln, "NLRTM", kind, "Rotterdam")
    assert BorderPost.objects.get(pk=post.pk).kind == kind


def test_a_post_is_opened_once_and_may_be_renamed(border: Border) -> None:
    again = people.open_post(border.rotterdam.authority_id, "NLRTM", PostKind.SEA, "Europoort")
    assert again.pk == border.rotterdam.pk
    assert BorderPost.objects.get(pk=again.pk).name == "Europoort"
    with pytest.raises(IntegrityError), transaction.atomic():
        BorderPost.objects.create(
            authority_id=again.authority_id, locode="NLRTM", kind="sea", name="twice"
        )


def test_only_a_customs_authority_opens_posts(world: Captured) -> None:
    with refused("not-an-authority"):
        people.open_post(world.maker.gln, "CNSZX", PostKind.SEA, "Shenzhen")


def test_an_officer_is_a_member_and_works_where_he_is_assigned(border: Border) -> None:
    (officer,) = people.officers(border.officer)
    assert (officer.authority, officer.country) == (border.rotterdam.authority_id, "NL")
    assert (officer.decides, officer.supervises) == (True, False)
    assert officer.posts == ("NLRTM",)
    (supervisor,) = people.officers(border.supervisor)
    assert (supervisor.decides, supervisor.supervises) == (True, True)
    (viewer,) = people.officers(border.viewer)
    assert (viewer.decides, viewer.supervises) == (False, False)


def test_nobody_is_assigned_to_a_post_of_another_authority(border: Border) -> None:
    with refused("not-an-officer"):
        people.assign(border.foreign, border.rotterdam)
    people.assign(border.officer, border.rotterdam)
    assert Posting.objects.filter(user=border.officer).count() == 1


@pytest.mark.parametrize("name", ["viewer", "foreign"])
def test_another_authoritys_officer_and_a_viewer_do_not_decide(border: Border, name: str) -> None:
    with refused("not-an-officer"):
        people.deciding(getattr(border, name), border.rotterdam.authority_id)
    assert people.deciding(border.officer, border.rotterdam.authority_id).decides


def test_a_supervisor_supervises_and_an_officer_does_not(border: Border) -> None:
    gln = border.rotterdam.authority_id
    assert people.supervising(border.supervisor, gln).supervises
    with refused("not-an-officer"):
        people.supervising(border.officer, gln)


def test_a_trader_a_former_member_and_a_stranger_are_no_officers(
    world: Captured, border: Border
) -> None:
    trader = member("trader", world.maker.gln, "admin")
    assert people.officers(trader) == []
    assert people.officers(AnonymousUser()) == []
    Membership.objects.filter(user=border.officer).delete()
    former = User.objects.get(pk=border.officer.pk)
    assert people.officers(former) == []
    former.is_active = False
    assert people.officers(former) == []


def test_a_refused_person_is_a_row(border: Border) -> None:
    people.note_refusal(border.foreign, "/customs/x", people.NotAnOfficer("no officer"))
    (row,) = Refusal.objects.filter(code="not-an-officer")
    assert (row.endpoint, row.key) == ("/customs/x", "user:foreign")


def test_the_record_is_rebuilt_beside_them(border: Border) -> None:
    assert rebuild.rebuild() == []
    assert BorderPost.objects.count() == 2
