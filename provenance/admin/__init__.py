"""The admin: pages for reading the record. Signed events can be seen here and changed
nowhere.
"""

from django.contrib import admin

from provenance.admin import events, goods, ledger, parties, rights, scans, shipments

__all__ = ["events", "goods", "ledger", "parties", "rights", "scans", "shipments"]

admin.site.site_header = "Custos"
admin.site.site_title = "Custos"
admin.site.index_title = "The record"
