"""What the example facility is made of: stations, techniques, materials, quantities, people, words.

Rows only; ``facility`` rolls the dice over them. Everything here is invented or common knowledge.
"""

from dataclasses import dataclass

FACILITY = "Skerry"
FACILITY_FULL_NAME = "Skerry Light and Neutron Source"
FACILITY_URL = "https://skerry.example"
DOI_PREFIX = "10.5072/SKERRY"


@dataclass(frozen=True)
class Technique:
    """A technique; titles use the abbreviation or the name, users search for either."""

    abbreviation: str
    name: str
    description: str


TECHNIQUES = (
    Technique("SAXS", "small angle x-ray scattering", "Structure from 1 to 100 nm"),
    Technique("WAXS", "wide angle x-ray scattering", "Crystallinity and short-range order"),
    Technique(
        "GISAXS", "grazing incidence small angle x-ray scattering", "Order in films and at surfaces"
    ),
    Technique(
        "ARPES", "angle resolved photoemission spectroscopy", "Band structure of crystalline solids"
    ),
    Technique("XPS", "x-ray photoelectron spectroscopy", "Elements and their states at a surface"),
    Technique("MX", "macromolecular crystallography", "Atomic structure of proteins"),
    Technique("XRPD", "x-ray powder diffraction", "Phases and lattice parameters of powders"),
    Technique("XCT", "x-ray computed tomography", "Three-dimensional images of the inside"),
    Technique("XAS", "x-ray absorption spectroscopy", "Oxidation state and local environment"),
    Technique(
        "EXAFS", "extended x-ray absorption fine structure", "Distances to neighbouring atoms"
    ),
    Technique("XRF", "x-ray fluorescence mapping", "Maps of elements"),
    Technique("NPD", "neutron powder diffraction", "Light atoms and magnetic structure"),
    Technique("SANS", "small angle neutron scattering", "Soft matter with deuterium contrast"),
    Technique("NR", "neutron reflectometry", "Profiles of thin films and interfaces"),
    Technique("INS", "inelastic neutron scattering", "Phonons and magnetic excitations"),
    Technique("TAS", "transient absorption spectroscopy", "Femtosecond dynamics after excitation"),
)


@dataclass(frozen=True)
class Material:
    """What is measured; it becomes a sample type."""

    name: str
    formula: str
    kind: str


MATERIALS = (
    Material("lysozyme", "C613H959N193O185S10", "protein"),
    Material("insulin hexamer", "C257H383N65O77S6", "protein"),
    Material("SARS-CoV-2 main protease", "C1499H2318N402O445S22", "protein"),
    Material("lipid bilayers", "C40H80NO8P", "soft matter"),
    Material("polystyrene latex", "C8H8", "soft matter"),
    Material("Nafion membranes", "C7HF13O5S", "soft matter"),
    Material("block copolymer micelles", "C10H18O4", "soft matter"),
    Material("gold nanoparticles", "Au", "soft matter"),
    Material("twisted bilayer graphene", "C", "quantum"),
    Material("bismuth selenide", "Bi2Se3", "quantum"),
    Material("iron selenide superconductor", "FeSe", "quantum"),
    Material("strontium ruthenate", "Sr2RuO4", "quantum"),
    Material("yttrium iron garnet", "Y3Fe5O12", "quantum"),
    Material("lithium iron phosphate cathodes", "LiFePO4", "energy"),
    Material("nickel-rich NMC cathodes", "LiNi0.8Mn0.1Co0.1O2", "energy"),
    Material("sodium-ion hard carbon", "C", "energy"),
    Material("methylammonium lead iodide perovskite", "CH3NH3PbI3", "energy"),
    Material("magnesium hydride", "MgH2", "energy"),
    Material("copper zeolite SSZ-13", "CuAlSi11O24", "catalyst"),
    Material("platinum on alumina", "Pt/Al2O3", "catalyst"),
    Material("ceria nanorods", "CeO2", "catalyst"),
    Material("titania anatase", "TiO2", "catalyst"),
    Material("palladium foil", "Pd", "catalyst"),
    Material("austenitic steel welds", "Fe0.7Cr0.18Ni0.1", "engineering"),
    Material("Ti-6Al-4V additive alloy", "Ti", "engineering"),
    Material("beryllium mirrors", "Be", "engineering"),
    Material("tungsten divertor tiles", "W", "engineering"),
    Material("Portland cement paste", "Ca3SiO5", "engineering"),
    Material("Roman bronze coins", "CuSn", "heritage"),
    Material("Egyptian blue pigment", "CaCuSi4O10", "heritage"),
    Material("fossil trilobites", "CaCO3", "heritage"),
    Material("standard LaB6", "LaB6", "calibrant"),
    Material("silver behenate", "AgC22H43O2", "calibrant"),
)


@dataclass(frozen=True)
class Station:
    """An instrument: what it does, and how it names directories and files."""

    name: str
    full_name: str
    type: str
    techniques: tuple[str, ...]
    materials: tuple[str, ...]
    proposals: tuple[str, ...]  # prefixes of proposal numbers
    directory: str
    raw: tuple[str, str]  # file name, format
    processed: tuple[str, str]
    quantities: tuple[str, ...]  # names; with a unit where only one will do


BEAMLINE_QUANTITIES = (
    "photon energy, keV",
    "exposure time",
    "detector distance",
    "sample temperature",
)
NEUTRON_QUANTITIES = ("proton charge", "wavelength", "sample temperature", "magnetic field")
POSIX = "/data/visitor/{station}/{year}/{visit}/{stage}/{dataset}"
NEUTRON_SHARE = r"\\skerry\inst$\NDX{STATION}\Instrument\data\cycle_{cycle}"
STATIONS = (
    Station(
        "S02",
        "S02 Small and Wide Angle X-ray Scattering",
        "beamline",
        ("SAXS", "WAXS", "GISAXS"),
        ("soft matter", "protein", "energy"),
        ("sm", "mx"),
        POSIX,
        ("s02-{run:06d}_{frame:05d}.edf", "EDF"),
        ("s02-{run:06d}_{frame:05d}_integrated.dat", "ASCII"),
        (*BEAMLINE_QUANTITIES, "pressure"),
    ),
    Station(
        "S11",
        "S11 High Resolution Powder Diffraction",
        "beamline",
        ("XRPD",),
        ("energy", "catalyst", "engineering"),
        ("ee", "cy"),
        POSIX,
        ("s11_{run:06d}_{sample}_{frame:04d}.nxs", "NeXus"),
        ("{sample}_{run:06d}_rietveld_{frame:03d}.xye", "ASCII"),
        (*BEAMLINE_QUANTITIES, "scan range, deg"),
    ),
    Station(
        "S13",
        "S13 Fast Tomography and Imaging",
        "beamline",
        ("XCT", "XRF"),
        ("heritage", "engineering", "energy"),
        ("mg", "ee"),
        POSIX,
        ("tomo_{run:05d}_proj_{frame:05d}.tif", "TIFF"),
        ("recon_{run:05d}_slice_{frame:05d}.tif", "TIFF"),
        ("photon energy, keV", "exposure time", "voxel size", "sample environment"),
    ),
    Station(
        "HERON",
        "HERON small angle neutron diffractometer",
        "neutron instrument",
        ("SANS",),
        ("soft matter", "protein"),
        ("RB",),
        NEUTRON_SHARE,
        ("HERON{run:08d}.nxs", "NeXus"),
        ("HERON{run:08d}_reduced_{frame:02d}.nxs", "NeXus"),
        NEUTRON_QUANTITIES,
    ),
    Station(
        "S18",
        "S18 X-ray Absorption Spectroscopy",
        "beamline",
        ("XAS", "EXAFS", "XRF"),
        ("catalyst", "energy", "heritage"),
        ("sp", "cy"),
        "/dls/s18/data/{year}/{visit}/{stage}",
        ("{run:06d}_{sample}_{frame:03d}.dat", "ASCII"),
        ("{run:06d}_{sample}_absorption_{frame:03d}.nxs", "NeXus"),
        ("photon energy, keV", "scan range, eV", "sample temperature", "scan_command"),
    ),
    Station(
        "S07",
        "S07 Macromolecular Crystallography",
        "beamline",
        ("MX",),
        ("protein",),
        ("mx",),
        "/data/visitor/{station}/{year}/{visit}/{stage}/xtal {sample}",
        ("{sample}_{run:03d}_{frame:05d}.cbf.gz", "CBF"),
        ("autoproc_{sample}_{run:03d}_{frame:03d}.mtz", "MTZ"),
        (*BEAMLINE_QUANTITIES, "software version"),
    ),
    Station(
        "GANNET",
        "GANNET direct geometry chopper spectrometer",
        "neutron instrument",
        ("INS",),
        ("quantum", "energy"),
        ("RB",),
        NEUTRON_SHARE,
        ("GAN{run:06d}.raw", "ISIS RAW"),
        ("GAN{run:06d}_Ei_{frame:02d}.nxspe", "NXSPE"),
        NEUTRON_QUANTITIES,
    ),
    Station(
        "S05",
        "S05 Angle Resolved Photoemission",
        "beamline",
        ("ARPES", "XPS"),
        ("quantum", "catalyst"),
        ("si", "nt"),
        r"Z:\S05 data\{year}\{visit}\{dataset}",
        ("Map_{run:04d}_{frame:03d}.ibw", "Igor binary wave"),
        ("Fermi surface {run:04d}-{frame:03d}.h5", "HDF5"),
        ("photon energy, eV", "sample temperature", "beam polarisation"),
    ),
    Station(
        "KELP",
        "KELP general materials diffractometer",
        "neutron instrument",
        ("NPD",),
        ("energy", "quantum", "calibrant"),
        ("RB",),
        "/archive/NDX{STATION}/Instrument/data/cycle_{cycle}",
        ("KELP{run:08d}.raw", "ISIS RAW"),
        ("KELP{run:08d}_bank{frame:02d}.gsa", "ASCII"),
        (*NEUTRON_QUANTITIES, "pressure"),
    ),
    Station(
        "OTTER",
        "OTTER horizontal reflectometer",
        "neutron instrument",
        ("NR",),
        ("soft matter", "quantum"),
        ("RB",),
        NEUTRON_SHARE,
        ("OTTER{run:08d}.nxs", "NeXus"),
        ("OTTER{run:08d}_R(q)_{frame:02d}.dat", "ASCII"),
        NEUTRON_QUANTITIES,
    ),
    Station(
        "ARC",
        "ARC ultrafast laser laboratory",
        "laser",
        ("TAS",),
        ("quantum", "energy", "catalyst"),
        ("LSF",),
        r"D:\ARC shots\{year}\{leader} group\{visit}\run {run}",
        ("shot_{run:04d}_{frame:05d}.tif", "TIFF"),
        ("delay scan {run:04d} {frame:03d}.csv", "CSV"),
        ("pulse energy", "pulse duration", "sample environment"),
    ),
)


@dataclass(frozen=True)
class Quantity:
    """A parameter type with the values it takes: numbers from low to high, words, or moments."""

    name: str
    units: str = "N/A"
    low: float = 0.0
    high: float = 0.0
    words: tuple[str, ...] = ()
    moment: bool = False
    spread: float = 0.0  # half the width of a range around the value, if it has one

    def goes_by(self, name: str) -> bool:
        """Whether this is meant by a name, alone or followed by a unit."""
        return name in (self.name, f"{self.name}, {self.units}")


QUANTITIES = (
    Quantity("sample temperature", "K", 4.0, 320.0),
    Quantity("sample temperature", "mK", 1_500.0, 300_000.0),
    Quantity("photon energy", "keV", 4.0, 25.0),
    Quantity("photon energy", "eV", 20.0, 1_500.0),
    Quantity("exposure time", "s", 0.01, 30.0),
    Quantity("exposure time", "ms", 10.0, 900.0),
    Quantity("detector distance", "mm", 120.0, 9_500.0),
    Quantity("pressure", "kPa", 1.0, 400.0),
    Quantity("pressure", "GPa", 0.1, 12.0),
    Quantity("scan range", "deg", 5.0, 120.0, spread=4.0),
    Quantity("scan range", "eV", 5_000.0, 12_000.0, spread=200.0),
    Quantity("voxel size", "µm", 0.3, 12.0),
    Quantity("wavelength", "Å", 0.4, 18.0),
    Quantity("proton charge", "uA.h", 1.0, 160.0),
    Quantity("magnetic field", "T", 0.0, 9.0),
    Quantity("pulse energy", "mJ", 0.1, 40.0),
    Quantity("pulse duration", "fs", 25.0, 450.0),
    Quantity(
        "sample environment",
        words=("air", "helium cryostat", "vacuum furnace", "flow cell", "Paris-Edinburgh press"),
    ),
    Quantity(
        "scan_command",
        words=("ascan energy 7100 7200 200 1", "ct 0.5", "dscan th -1 1 50 0.2", "timescan 1"),
    ),
    Quantity("beam polarisation", words=("LH", "LV", "circular left", "circular right")),
    Quantity("software version", words=("autoproc 2.1", "autoproc 2.3", "xia2 3.8")),
    Quantity("collected at", moment=True),
)
SAMPLE_QUANTITIES = (
    Quantity("concentration", "mg/ml", 0.5, 40.0, spread=0.2),
    Quantity("thickness", "µm", 0.05, 900.0),
    Quantity("mass", "mg", 0.5, 5_000.0),
    Quantity("batch", words=("A-17", "A-18", "B-02", "reference", "as received")),
    Quantity("prepared on", moment=True),
)
INVESTIGATION_QUANTITIES = (
    Quantity("beam time", "h", 8.0, 240.0),
    Quantity("access route", words=("peer review", "rapid access", "industry", "commissioning")),
    Quantity("safety review", words=("green", "amber", "red")),
    Quantity("report due", moment=True),
)

# (given name, family name): earlier ones are picked more often.
PEOPLE = (
    ("Björn", "Åström"),
    ("Mary", "O'Connor"),
    ("José", "García"),
    ("Łukasz", "Nowak"),
    ("Jürgen", "Müller"),
    ("Ana", "Sørensen"),
    ("Wei", "Zhang"),
    ("Priya", "Raman"),
    ("Jean-Luc", "d'Arcy"),
    ("Elif", "Yıldız"),
    ("Tom", "McDonald"),
    ("Ingrid", "Weiß"),
    ("Søren", "Kjær"),
    ("Chiara", "De Luca"),
    ("Hiroshi", "Tanaka"),
    ("Fatima", "El Amrani"),
    ("Peter", "Smith"),
    ("Jane", "Smith"),
    ("Olga", "Petrova"),
    ("Nkechi", "Okafor"),
    ("Zoë", "van der Berg"),
    ("Rudolf", "Beck"),
    ("Mei", "Lin"),
    ("Andrew", "Brown"),
    ("Sofia", "Rossi"),
    ("Emil", "Novák"),
    ("Aoife", "Byrne"),
    ("Carlos", "Mendes"),
    ("Hannah", "Cohen"),
    ("Kenji", "Watanabe"),
    ("Lea", "Dubois"),
    ("Marek", "Dvořák"),
    ("Nadia", "Haddad"),
    ("Oscar", "Lindqvist"),
    ("Paula", "Costa"),
    ("Ravi", "Iyer"),
    ("Sara", "Jensen"),
    ("Tariq", "Aziz"),
    ("Ursula", "Frei"),
    ("Victor", "Hugo Silva"),
)
AFFILIATIONS = (
    "University of Northmoor",
    "Institut für Grenzflächen, Seestadt",
    "Universidad de la Costa",
    "Skerry Light and Neutron Source",
    "École de Matériaux, Valmont",
    "Kita Institute of Technology",
)

CALIBRANTS = tuple(material for material in MATERIALS if material.kind == "calibrant")
INVESTIGATION_TYPES = ("experiment", "rapid access", "commissioning", "industrial access")
DATASET_TYPES = ("raw", "processed", "calibration", "simulation")
# Names are unique in an investigation: each has the run or the place in it.
DATASET_NAMES = (
    "scan {run}",
    "{sample}_{run:06d}",
    "{sample} {kelvin}K #{place}",
    "{type}_{run:05d}",
    "{sample} repeat {place}",
)

TITLES = (
    "{technique} of {material} {condition}",
    "{effect} in {material} studied by {technique}",
    "In situ {technique} of {material} {condition}",
    "{effect} of {material}: {technique} {condition}",
    "Operando {technique} on {material}",
    "{technique} and the {effect} of {material} {condition}",
)


@dataclass(frozen=True)
class Topic:
    """What is asked of a kind of material: effects, and conditions to see them in."""

    effects: tuple[str, ...]
    conditions: tuple[str, ...]


TOPICS = {
    "protein": Topic(
        ("radiation damage", "ligand binding", "aggregation", "folding"),
        ("in solution", "at cryogenic temperature", "at room temperature"),
    ),
    "soft matter": Topic(
        ("self-assembly", "gelation", "swelling", "phase behaviour"),
        ("in solution", "under shear", "on heating and cooling", "as a function of humidity"),
    ),
    "quantum": Topic(
        ("charge density wave", "magnetic order", "spin excitations", "superconducting gap"),
        ("at low temperature", "in a magnetic field", "under high pressure"),
    ),
    "energy": Topic(
        ("ion transport", "degradation", "phase transition", "hydrogen uptake"),
        ("during charge and discharge", "under operating conditions", "on heating and cooling"),
    ),
    "catalyst": Topic(
        ("oxidation state", "sintering", "active site", "reduction"),
        ("under operating conditions", "in hydrogen", "on heating and cooling"),
    ),
    "engineering": Topic(
        ("residual stress", "crack growth", "microstructure", "texture"),
        ("under cyclic load", "at high temperature", "after irradiation"),
    ),
    "heritage": Topic(
        ("corrosion", "provenance", "microstructure", "colour"),
        ("without sampling", "before conservation", "in air"),
    ),
    "calibrant": Topic(("resolution", "peak shape"), ("in air", "in vacuo")),
}
SENTENCES = (
    "We propose to measure {material} using {technique} ({abbreviation}) {condition}.",
    "The {effect} of {material} is still disputed.",
    "Our previous visit showed an unexpected signal near 120 K.",
    "Samples of {material} ({formula}) were annealed and characterised before the beam time.",
    "Radiation damage limits the resolution, so a helium cryostream is used.",
    "Results will be compared with density functional theory and molecular dynamics.",
    "Calibration with LaB6 and silver behenate precedes every run.",
    "Die Messung der Proben erfolgt in Durchstrahlung; Überprüfung der Kalibrierung am Ende.",
    "Ces mesures complètent l'étude de la structure à l'échelle du nanomètre.",
    "The colour of the specimens changes with humidity; grey ones are measured first.",
)
