"""How large vehicles are, as far as rules need it: usual ones of Vietnamese streets, motorbikes and bicycles with their rider."""

from dataclasses import dataclass

from detector.vocabulary import VehicleClass


@dataclass(frozen=True, slots=True)
class Size:
    """Metres, and `depth`: how much farther from the wheels that are seen first the highest edge of the box lies, in heights. Fitted
    on motorbikes, cars and lorries of ly_thuong_kiet_6fps and somico_zebra; a bus has a flat roof, four of its heights long."""

    length_m: float
    width_m: float
    height_m: float
    depth: float


SIZES = {
    VehicleClass.MOTORCYCLE: Size(1.9, 0.75, 1.65, 0.5),
    VehicleClass.BICYCLE: Size(1.75, 0.6, 1.65, 0.5),
    VehicleClass.CAR: Size(4.4, 1.8, 1.5, 1.5),
    VehicleClass.TRUCK: Size(7.0, 2.3, 2.8, 2.0),
    VehicleClass.BUS: Size(10.5, 2.5, 3.2, 2.5),
}
ALIKE = frozenset({VehicleClass.CAR, VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})  # of one class about equally high
