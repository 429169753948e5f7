"""The words of EPCIS 2.0 sensor readings: measures, axes and alarms (CBV 2.0 section
7).
"""

from enum import StrEnum
from typing import Final

from provenance.core.epcis import vocabulary


class Component(StrEnum):
    """The axis that a sensor reading belongs to (CBV 2.0 section 7.7)."""

    X = "x"
    Y = "y"
    Z = "z"
    AXIAL_DISTANCE = "axial_distance"
    AZIMUTH = "azimuth"
    HEIGHT = "height"
    SPHERICAL_RADIUS = "spherical_radius"
    POLAR_ANGLE = "polar_angle"
    ELEVATION_ANGLE = "elevation_angle"
    EASTING = "easting"
    NORTHING = "northing"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    ALTITUDE = "altitude"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{vocabulary.CBV}Comp-{self.value}"


class SensorAlert(StrEnum):
    """The alarms that a sensor gives instead of a reading."""

    ALARM_CONDITION = "ALARM_CONDITION"
    ERROR_CONDITION = "ERROR_CONDITION"

    @property
    def uri(self) -> str:
        """The term's address in the GS1 vocabulary."""
        return f"{vocabulary.GS1_VOC}{self.value}"


_MEASUREMENTS: Final = """
    AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity
    Area Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
    DoseEquivalentRate DynamicViscosity EffectiveDoseRate ElectricCharge ElectricCurrent
    ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance
    Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
    LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass
    MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy
    MolarMass MolarVolume Molar_concentration Power Pressure RadiantFlux RadiantIntensity
    Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
    SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
    VolumeFraction VolumetricFlux Wavenumber
"""
MEASUREMENTS: Final = frozenset(_MEASUREMENTS.split())
"""The quantities that a sensor can measure, with two older spellings that real
documents use beside the standard's own.
"""
