"""Border posts, and who is assigned to them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from customs.models import BorderPost, Posting
from customs.services import people
from provenance.admin import base
from provenance.core import errors

if TYPE_CHECKING:
    PostModelForm = forms.ModelForm[BorderPost]
    PostingModelForm = forms.ModelForm[Posting]
else:
    PostModelForm = PostingModelForm = forms.ModelForm


class PostForm(PostModelForm):
    """A post, held against its authority."""

    def clean(self) -> dict[str, Any]:
        """Refuse a party that is no authority, and a place in another country."""
        post = super().clean() or self.cleaned_data
        try:
            if post.keys() >= {"authority", "locode", "name"}:
                party = people.authority(post["authority"].gln)
                people.check_post(party, post["locode"], post["name"])
        except errors.ProvenanceError as error:
            raise ValidationError(error.detail, error.code) from error
        return post


class PostingForm(PostingModelForm):
    """A posting, held against the memberships."""

    def clean(self) -> dict[str, Any]:
        """Refuse who is no member of the post's authority."""
        posting = super().clean() or self.cleaned_data
        try:
            if posting.keys() >= {"user", "post"}:
                people.check_member(posting["user"], posting["post"])
        except errors.ProvenanceError as error:
            raise ValidationError(error.detail, error.code) from error
        return posting


@admin.register(BorderPost)
class BorderPostAdmin(base.Listed[BorderPost]):
    source = "Border posts of customs authorities."
    form = PostForm
    list_display = ("name", "locode", "kind", "authority")
    list_select_related = ("authority",)
    list_filter = ("kind",)
    autocomplete_fields = ("authority",)
    search_fields = ("locode__exact", "authority__gln__exact")
    search_help_text = "A UN/LOCODE or the authority's GLN"


@admin.register(Posting)
class PostingAdmin(base.Listed[Posting]):
    source = "Who works at which border post. A membership of the authority comes first."
    form = PostingForm
    list_display = ("user", "post")
    list_select_related = ("user", "post")
    autocomplete_fields = ("user", "post")
    search_fields = ("user__username__exact", "post__locode__exact")
    search_help_text = "A user name or a UN/LOCODE"
