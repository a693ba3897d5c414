"""Where training data comes from, and where everything made from it lies."""

from dataclasses import dataclass
from pathlib import Path

from models.training.options import Options
from models.training.teacher_cache import TeacherCache


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders that training data comes from, and `work`, where everything made lies.

    `coco_teacher` and `plate_teacher` are weights that ultralytics loads (.pt, or an exported OpenVINO folder);
    without a `plate_teacher` our own weights take its place.
    """

    data: Path
    footage: Path
    work: Path
    coco_teacher: Path
    plate_teacher: Path | None = None
    renders: Path | None = None

    def cache(self) -> TeacherCache:
        """The COCO teacher's boxes, kept in the work folder."""
        return TeacherCache(self.work / "coco.jsonl", self.coco_teacher)


def sources_of(options: Options) -> Sources:
    """The folders that the command line names. Raises `UserError` where no data folder was given."""
    data = options.data_folder
    return Sources(
        data=data,
        footage=options.footage_folder,
        work=options.work,
        coco_teacher=options.coco_teacher or data / "weights/yolov8n_coco.pt",
        plate_teacher=options.plate_teacher,
        renders=options.renders,
    )
