"""What the picture of one camera is worth, about once a second: where it looks, and how well.

The first seconds of a run make a reference view (their median, without vehicles) and the usual texture. Where the camera
has a reference picture, the view must agree with both: the picture knows where the geometry was drawn, also if the camera
was turned before this run; the seconds know the light of today. Everything here is deterministic: the same frames give
the same checks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from detector.camera import Camera
from detector.reference import pixels_of
from detector.view import WIDTH_PX, ReferenceView, grey_of, view_of
from detector.visibility import Light, Texture, compared, light_of, texture_of, usual_texture
from detector.vocabulary import Box, Detection, PictureCheck, Pixels

CHECK_INTERVAL_S = 1.0
# Seven pictures over four seconds: what drives has gone on in most of them.
BUILD_INTERVAL_S = 0.6
BUILD_PICTURES = 7
# Texture is compared only under the light in which its reference was made. When the light has been another one for this
# long (dusk, street lamps going on) the reference of the texture, not that of the view, is made anew.
LIGHT_RATIO_MAX = 1.6
RELIGHT_S = 60.0
# A cut this soon after the view was last recognised, to a picture with as many corners that are not those of the
# reference, is another view: the light cannot have changed meanwhile.
CUT_WITHIN_S = 10.0
CORNERS_SHARE = 0.5
ELSEWHERE_SHARE = 1.0  # `moved_share` of another view: out of the picture


class PictureChecker:
    """The checks of one run of one camera. Asked for every frame that is observed, in order of time."""

    def __init__(self, camera: Camera) -> None:
        """Raises CameraFileError where the camera's reference picture is no longer there."""
        self._camera = camera
        self._scale = WIDTH_PX / camera.resolution_wh[0]
        self._drawn_on = view_of(pixels_of(camera.reference), camera) if camera.reference else None
        self._begun_with: ReferenceView | None = None
        self._texture = _UsualTexture()
        self._pictures: list[tuple[Pixels, tuple[Box, ...]]] = []
        self._asked_at: datetime | None = None
        self._recognised_at: datetime | None = None
        self._is_elsewhere = False

    def check(
        self, pixels: Pixels, captured_at: datetime, detections: Sequence[Detection], *, is_cut: bool
    ) -> PictureCheck | None:
        """The check of this picture (height, width, 3) BGR, or None where none is due."""
        if is_cut:
            self._begin_again(captured_at)
        is_building = self._begun_with is None or not self._texture.is_known
        interval = timedelta(seconds=BUILD_INTERVAL_S if is_building else CHECK_INTERVAL_S)
        if not is_cut and self._asked_at is not None and timedelta(0) <= captured_at - self._asked_at < interval:
            return None
        self._asked_at = captured_at
        grey = grey_of(pixels)
        vehicles = tuple(detection.box_xyxy for detection in detections)
        light = light_of(grey)
        moved = self._moved_share(grey, vehicles, captured_at)
        against = self._texture.compare(light, texture_of(grey, vehicles, self._scale), captured_at)
        return PictureCheck(
            moved_share=moved,
            upper_quarter_level=light.upper_quarter,
            highlight_level=light.highlight,
            shadow_level=light.shadow,
            contrast_levels=light.contrast,
            **against,
        )

    def _begin_again(self, captured_at: datetime) -> None:
        """After a cut: half a reference of the scene before is none; a whole one stays, and must be met again."""
        self._pictures.clear()
        self._texture.drop_unfinished()
        recognised = self._recognised_at
        if recognised is not None and captured_at - recognised <= timedelta(seconds=CUT_WITHIN_S):
            self._is_elsewhere = True

    def _moved_share(self, grey: Pixels, vehicles: tuple[Box, ...], captured_at: datetime) -> float | None:
        views = [view for view in (self._drawn_on, self._begun_with) if view is not None]
        if self._begun_with is None:
            self._build(grey, vehicles)
        if not views:
            return None
        corners = views[0].corners_of(grey, vehicles)
        told = [moved for view in views if (moved := view.moved_share(corners)) is not None]
        if told:
            self._recognised_at, self._is_elsewhere = captured_at, False
            return max(told)
        if self._is_elsewhere and len(corners.xy) >= CORNERS_SHARE * views[-1].corners:
            return ELSEWHERE_SHARE
        return None

    def _build(self, grey: Pixels, vehicles: tuple[Box, ...]) -> None:
        self._pictures.append((grey, vehicles))
        if len(self._pictures) == BUILD_PICTURES:
            still = np.median(np.stack([picture for picture, _ in self._pictures]), axis=0).astype(np.uint8)
            self._begun_with = ReferenceView(still, self._camera, _standing([boxes for _, boxes in self._pictures]))
            self._pictures.clear()


class _UsualTexture:
    """Texture and light of the first pictures, and of the first under another light."""

    def __init__(self) -> None:
        self._building: list[tuple[Light, Texture]] = []
        self._usual: tuple[Light, Texture] | None = None
        self._unlike_since: datetime | None = None

    @property
    def is_known(self) -> bool:
        return self._usual is not None

    def drop_unfinished(self) -> None:
        self._building.clear()

    def compare(self, light: Light, texture: Texture, at: datetime) -> dict[str, float | None]:
        """The comparisons of a `PictureCheck`; none before there is a reference."""
        if self._usual is None:
            self._building.append((light, texture))
            if len(self._building) == BUILD_PICTURES:
                lights = [seen for seen, _ in self._building]
                middle = sorted(lights, key=lambda seen: seen.upper_quarter)[BUILD_PICTURES // 2]
                self._usual = (middle, usual_texture([seen for _, seen in self._building]))
                self._building.clear()
            return {}
        usual_light, usual = self._usual
        against: dict[str, float | None] = {
            "contrast_ratio": light.contrast / max(usual_light.contrast, 1.0),
            "glare_share": max(0.0, light.clipped_share - usual_light.clipped_share),
        }
        if self._is_alike(light, usual_light, at) and (seen := compared(texture, usual)) is not None:
            against["sharpness_ratio"], against["hidden_share"] = seen
        return against

    def _is_alike(self, light: Light, usual: Light, at: datetime) -> bool:
        ratio = (light.upper_quarter + 1) / (usual.upper_quarter + 1)
        if 1 / LIGHT_RATIO_MAX <= ratio <= LIGHT_RATIO_MAX:
            self._unlike_since = None
            return True
        self._unlike_since = self._unlike_since or at
        if not timedelta(0) <= at - self._unlike_since <= timedelta(seconds=RELIGHT_S):
            self._usual, self._unlike_since = None, None
        return False


def _standing(boxes: Sequence[tuple[Box, ...]]) -> list[Box]:
    """Vehicles of all pictures: what stood in most of them is in their median as well."""
    return [box for picture in boxes for box in picture]
