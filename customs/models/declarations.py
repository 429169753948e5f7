"""Declarations and their versions.

The columns of a version are named after the WCO Data Model (version 3, information package
Declaration) and, where that has no short name, after UN/EDIFACT CUSDEC (D.98A and later):

    column               WCO Data Model                         CUSDEC
    number               Declaration.FunctionalReferenceID      BGM 1004
    procedure            GovernmentProcedure.CurrentCode        CST 7361, as export, import, transit
    declaration_office   Declaration.DeclarationOfficeID        LOC+22
    declarant            Declarant.ID                           NAD+DT
    consignor            Consignor.ID                           NAD+CZ
    consignee            Consignee.ID                           NAD+CN
    classification       Commodity.Classification.ID            CST 7361
    description          Commodity.Description                  FTX+AAA
    origin               Origin.CountryCode                     LOC+27
    tariff_quantity      GoodsMeasure.TariffQuantity            QTY 6060
    gross_mass           GoodsMeasure.GrossMassMeasure, kg      MEA 6314
    invoice_amount       GoodsShipment.InvoiceAmount            MOA 5004
    currency             InvoiceAmount@currencyID               MOA 6345
    export_country       ExportCountry.ID                       LOC+35
    destination_country  Destination.CountryCode                LOC+36
    routing_countries    Itinerary.RoutingCountryCode           LOC
    transport_mode       BorderTransportMeans.ModeCode          TDT 8067
    expected_arrival     ArrivalTransportMeans.ArrivalDateTime  DTM+132
    shipment             PreviousDocument.ID                    RFF+AAK (despatch advice)
    goods                Commodity.ID                           GIN
    seals                TransportEquipment.Seal.ID             SEL 9308
    documents            AdditionalDocument                     DOC 1001, 1004
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from customs.risk.lanes import Lane
from customs.risk.vocabulary import TransportMode
from provenance.core.epcis.vocabulary import Procedure
from provenance.models.base import Model
from provenance.models.events import append_only


class Declaration(Model):
    """A declaration to an authority, by its number there. Its content is in its versions,
    of which `version` is in force. Parties are held by GLN.

    `lane` and `assessment` follow from its assessments and the changes of its lane.
    """

    authority = models.CharField("authority GLN", max_length=13)
    number = models.CharField(max_length=35)
    declarant = models.CharField("declarant GLN", max_length=13)
    version = models.IntegerField(default=1)
    lane = models.CharField(
        max_length=10,
        blank=True,
        choices=[(lane.value, lane.value) for lane in Lane],
        help_text="in force; empty until it is assessed",
    )
    assessment = models.ForeignKey(
        "Assessment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the newest",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "number"], name="one_declaration_per_number"
            )
        ]
        indexes = [
            models.Index(fields=["declarant", "authority"], name="declaration_by_declarant"),
            models.Index(fields=["authority", "lane"], name="declaration_by_lane"),
        ]

    def __str__(self) -> str:
        return self.number


class DeclarationVersion(Model):
    """A declaration as it was entered or amended. Append-only; version 1 has no reason,
    each further version has.
    """

    class Way(models.TextChoices):
        API = "api"
        FILE = "file"
        WORKBENCH = "workbench"

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    entered_at = models.DateTimeField()
    way = models.CharField(max_length=10, choices=Way.choices)
    entered_by = models.CharField(
        max_length=100, help_text="an API key's public half, a file's SHA-256, a user's name"
    )
    reason = models.CharField(max_length=300, blank=True)
    procedure = models.CharField(max_length=10, choices=[(p.value, p.value) for p in Procedure])
    declaration_office = models.CharField(max_length=5)
    consignor = models.CharField("consignor GLN", max_length=13)
    consignee = models.CharField("consignee GLN", max_length=13)
    classification = models.CharField("HS code", max_length=10)
    description = models.CharField(max_length=300)
    origin = models.CharField(max_length=2)
    tariff_quantity = models.DecimalField(max_digits=20, decimal_places=6)
    gross_mass = models.DecimalField("gross mass, kg", max_digits=20, decimal_places=6)
    invoice_amount = models.DecimalField(max_digits=20, decimal_places=6)
    currency = models.CharField(max_length=3)
    export_country = models.CharField(max_length=2)
    destination_country = models.CharField(max_length=2)
    routing_countries = models.JSONField(default=list)
    transport_mode = models.CharField(
        max_length=1, choices=[(mode.value, mode.name.lower()) for mode in TransportMode]
    )
    expected_arrival = models.DateTimeField(null=True, blank=True)
    shipment = models.CharField("despatch advice", max_length=100, blank=True)
    goods = models.JSONField(default=list, help_text="URIs of items, lots and logistic units")
    seals = models.JSONField(default=list)
    documents = models.JSONField(default=list, help_text="type, number and SHA-256 of each")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["declaration", "version"], name="one_content_per_version"
            ),
            models.CheckConstraint(
                condition=models.Q(version=1, reason="")
                | models.Q(version__gt=1) & ~models.Q(reason=""),
                name="an_amendment_has_its_reason",
            ),
        ]
        indexes = [
            GinIndex(fields=["goods"], name="declaration_by_goods"),
            models.Index(
                fields=["shipment"],
                name="declaration_by_shipment",
                condition=~models.Q(shipment=""),
            ),
            models.Index(fields=["entered_at", "id"], name="declaration_by_time"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.declaration_id} version {self.version}"
