"""Drawing with VTK off-screen: the only file that knows pyvista.

A picture is made of a background (still things, drawn once), the shadows that road users throw on it, and the road
users themselves, drawn over it with soft edges. A second drawing in flat colours tells which pixel belongs to whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import pyvista as pv
import vtk
from numpy.typing import NDArray

from .camera import PoleCamera
from .figures import Figure
from .mesh import Mesh, Surface
from .plates import plate_picture
from .pose import Daylight, Decal, Placed

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]
Light = NDArray[np.float32]
FAINT_SHADOW = 0.15  # under clouds; not worth a second drawing of a frame where edges are hard anyway

_SPECULAR = {Surface.MATTE: 0.0, Surface.GLOSS: 0.45, Surface.GLASS: 0.9, Surface.LIGHT: 0.0}
_POWER = {Surface.MATTE: 1.0, Surface.GLOSS: 30.0, Surface.GLASS: 60.0, Surface.LIGHT: 1.0}


@lru_cache(maxsize=2000)
def _poly(mesh: Mesh, surface: Surface) -> pv.PolyData | None:
    """The triangles of one surface, ready to draw; kept, because road users come again on other stages."""
    chosen = mesh.surfaces == int(surface)
    if not chosen.any():
        return None
    tris = mesh.triangles[chosen]
    used, index = np.unique(tris, return_inverse=True)
    faces = np.hstack([np.full((len(tris), 1), 3), index.reshape(-1, 3)]).ravel()
    poly = pv.PolyData(mesh.points[used], faces)
    poly.cell_data["rgb"] = mesh.colours[chosen].clip(0, 255).astype(np.uint8)
    return poly.compute_normals(split_vertices=True, feature_angle=48, cell_normals=False, consistent_normals=False)


def _decal_actor(decal: Decal) -> vtk.vtkActor:
    c = np.asarray(decal.corners, float)
    poly = pv.PolyData(c, np.array([4, 3, 2, 1, 0]))
    poly.active_texture_coordinates = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], float)
    texture = pv.Texture(np.ascontiguousarray(decal.picture))
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.SetMaximumAnisotropicFiltering(8)
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(poly)
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.SetTexture(texture)
    actor.GetProperty().SetLighting(decal.lit)
    actor.GetProperty().SetAmbient(0.45)
    actor.GetProperty().SetDiffuse(0.7)
    return actor


def _mesh_actors(mesh: Mesh) -> list[vtk.vtkActor]:
    actors = []
    for surface in Surface:
        poly = _poly(mesh, surface)
        if poly is None:
            continue
        mapper = vtk.vtkPolyDataMapper()
        mapper.SetInputData(poly)
        mapper.SetScalarModeToUseCellFieldData()
        mapper.SelectColorArray("rgb")
        mapper.SetColorModeToDirectScalars()
        actor = vtk.vtkActor()
        actor.SetMapper(mapper)
        look = actor.GetProperty()
        look.SetInterpolationToPhong()
        look.SetLighting(surface is not Surface.LIGHT)
        look.SetAmbient(0.32)
        look.SetDiffuse(0.78)
        look.SetSpecular(_SPECULAR[surface])
        look.SetSpecularPower(_POWER[surface])
        actors.append(actor)
    return actors


def _vtk_matrix(matrix: Array) -> vtk.vtkMatrix4x4:
    out = vtk.vtkMatrix4x4()
    out.DeepCopy(matrix.ravel())
    return out


class Canvas:
    """One off-screen window with the camera and the daylight set."""

    def __init__(self, camera: PoleCamera, light: Daylight, *, scale: float = 1.0, samples: int = 4) -> None:
        self.size = (int(camera.width * scale), int(camera.height * scale))
        self._renderer = vtk.vtkRenderer()
        self._renderer.SetAutomaticLightCreation(False)
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetSize(*self.size)
        self._window.SetMultiSamples(samples)
        self._window.SetAlphaBitPlanes(1)
        self._window.AddRenderer(self._renderer)
        self.background((0, 0, 0))
        self._aim(camera)
        self._shine(light)

    def _aim(self, camera: PoleCamera) -> None:
        eye = self._renderer.GetActiveCamera()
        eye.SetPosition(*camera.position)
        eye.SetFocalPoint(*camera.target)
        eye.SetViewUp(0, 0, 1)
        eye.SetViewAngle(camera.vertical_fov_deg)
        eye.SetClippingRange(1.0, 400.0)

    def _shine(self, light: Daylight) -> None:
        lights = [
            (light.sun, light.sun_strength, (1.0, 0.97, 0.9)),
            ((0.1, -0.25, 1.0), light.sky_strength * 0.9, (0.86, 0.93, 1.0)),
            ((-light.sun[0], -abs(light.sun[1]) - 0.5, 0.35), light.sky_strength * 0.55, (0.9, 0.95, 1.0)),
        ]
        for towards, strength, colour in lights:
            lamp = vtk.vtkLight()
            lamp.SetLightTypeToSceneLight()
            lamp.SetPositional(False)
            lamp.SetPosition(*(100 * c for c in towards))
            lamp.SetFocalPoint(0, 0, 0)
            lamp.SetIntensity(strength)
            lamp.SetColor(*(c * t for c, t in zip(colour, light.tint, strict=True)))
            self._renderer.AddLight(lamp)

    def background(self, colour: tuple[float, float, float]) -> None:
        self._renderer.SetBackground(*(c / 255 for c in colour))
        self._renderer.SetBackgroundAlpha(0.0)

    def add(self, actor: vtk.vtkActor) -> None:
        """Show an actor; one that was here before comes back without being handed to the graphics again."""
        if not self._renderer.HasViewProp(actor):
            self._renderer.AddActor(actor)
        actor.SetVisibility(True)

    @staticmethod
    def hide(actor: vtk.vtkActor) -> None:
        """Out of sight until it is added again: its shapes stay with the graphics, which removing would drop."""
        actor.SetVisibility(False)

    def remove(self, actor: vtk.vtkActor) -> None:
        self._renderer.RemoveActor(actor)

    def shot(self) -> Picture:
        """RGBA picture (height, width, 4), colours multiplied by coverage."""
        self._window.Render()
        pixels = vtk.vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, self.size[0] - 1, self.size[1] - 1, 0, pixels)
        flat = np.asarray(pv.convert_array(pixels)).reshape(self.size[1], self.size[0], 4)
        return np.ascontiguousarray(flat[::-1])

    def close(self) -> None:
        self._window.Finalize()


class Stage:
    """Draws frames of one scene. Still things are given once; road users with every frame."""

    def __init__(
        self,
        camera: PoleCamera,
        light: Daylight,
        still: Sequence[Mesh],
        decals: Sequence[Decal],
        front: Sequence[Mesh] = (),
        sky: tuple[float, float, float] = (196, 208, 216),
        *,
        soft_edges: bool = True,
    ) -> None:
        """Without `soft_edges` a frame takes a third of the time: good enough for what is blurred afterwards."""
        self._camera, self._light = camera, light
        self._edge_samples = 8 if soft_edges else 0
        self._over = Canvas(camera, light, samples=self._edge_samples)
        self._flat = Canvas(camera, light, scale=0.5, samples=0)
        self._casts: dict[int, list[vtk.vtkActor]] = {}
        self._seen: dict[int, tuple[Figure, list[vtk.vtkActor], list[list[vtk.vtkActor]], list[vtk.vtkActor]]] = {}
        self._extras: dict[int, tuple[Mesh, list[vtk.vtkActor]]] = {}
        self._flatten = _shadow_matrix(light.sun)
        self._front = list(front)
        for mesh in self._front:
            for actor in _mesh_actors(mesh):
                self._over.add(actor)
        self.backdrop = self._still_picture(still, decals, sky)

    def _still_picture(self, still: Sequence[Mesh], decals: Sequence[Decal], sky: tuple[float, float, float]) -> Light:
        canvas = Canvas(self._camera, self._light, scale=2.0, samples=self._edge_samples // 2)
        canvas.background(sky)
        for decal in decals:
            canvas.add(_decal_actor(decal))
        meshes = [*still]
        for mesh in meshes:
            for actor in _mesh_actors(mesh):
                canvas.add(actor)
        picture = canvas.shot()[:, :, :3]
        canvas.close()
        small = cv2.resize(picture, (self._camera.width, self._camera.height), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        throwers = [(mesh, np.eye(4)) for mesh in [*still, *self._front]]
        return small * self._full_size(self._shade(self._shadow_of_meshes(throwers, still)))[:, :, None]

    def _shadow_of_meshes(self, throwers: Sequence[tuple[Mesh, Array]], blockers: Sequence[Mesh]) -> Picture:
        canvas = self._flat
        added = []
        for mesh, matrix in throwers:
            added += self._flat_actors(mesh, self._flatten @ matrix, (1, 1, 1))
        for mesh in blockers:
            added += self._flat_actors(mesh, np.eye(4), (0, 0, 0))
        for actor in added:
            canvas.add(actor)
        mask = canvas.shot()[:, :, 0].copy()
        for actor in added:
            canvas.remove(actor)
        return mask

    @staticmethod
    def _flat_actors(mesh: Mesh, matrix: Array, colour: tuple[float, float, float]) -> list[vtk.vtkActor]:
        actors = _mesh_actors(mesh)
        for actor in actors:
            _make_flat(actor, colour)
            actor.SetUserMatrix(_vtk_matrix(matrix))
        return actors

    def _shade(self, mask: Picture) -> Light:
        """Light left (height/2, width/2) 0..1 under a shadow mask of the same size."""
        soft = cv2.GaussianBlur(mask, (0, 0), 1.2).astype(np.float32)
        return np.asarray(1 - (self._light.shadow / 255) * soft, np.float32)

    def _full_size(self, light: Light) -> Light:
        return np.asarray(
            cv2.resize(light, (self._camera.width, self._camera.height), interpolation=cv2.INTER_LINEAR), np.float32
        )

    def _actors(self, fig: Figure) -> tuple[Figure, list[vtk.vtkActor], list[list[vtk.vtkActor]], list[vtk.vtkActor]]:
        if id(fig) not in self._seen:
            body = _mesh_actors(fig.body)
            heads = [_mesh_actors(mesh) for mesh in fig.heads]
            plates = [_decal_actor(Decal(m.corners, plate_picture(m.plate))) for m in fig.plates]
            self._seen[id(fig)] = (fig, body, heads, plates)
        return self._seen[id(fig)]

    def _extra_actors(self, mesh: Mesh) -> list[vtk.vtkActor]:
        if id(mesh) not in self._extras:
            self._extras[id(mesh)] = (mesh, _mesh_actors(mesh))
        return self._extras[id(mesh)][1]

    def draw(self, placed: Sequence[Placed], extra: Sequence[Mesh] = ()) -> Picture:
        """RGB frame (height, width, 3)."""
        shadow = self._shadows(placed)
        used = []
        for item in placed:
            _, body, heads, plates = self._actors(item.figure)
            used += self._put(item, [*body, *[a for h in heads for a in h], *plates])
        for mesh in extra:
            used += self._extra_actors(mesh)
        for actor in used:
            self._over.add(actor)
        shot = self._over.shot()
        for actor in used:
            self._over.hide(actor)
        frame = self.backdrop * shadow[:, :, None]
        rows, columns = _covered(shot)
        part = shot[rows, columns].astype(np.float32)
        frame[rows, columns] = part[:, :, :3] + (1 - part[:, :, 3:] / 255) * frame[rows, columns]
        return np.asarray(frame.clip(0, 255).astype(np.uint8))

    @staticmethod
    def _put(item: Placed, actors: list[vtk.vtkActor]) -> list[vtk.vtkActor]:
        matrix = _vtk_matrix(item.matrix)
        for actor in actors:
            actor.SetUserMatrix(matrix)
        return actors

    def _shadows(self, placed: Sequence[Placed]) -> Light:
        if self._edge_samples == 0 and self._light.shadow < FAINT_SHADOW:
            return self._full_size(self._contact(placed))
        used = []
        for item in placed:
            key = id(item.figure)
            if key not in self._casts:
                parts = (item.figure.body, *item.figure.heads)
                self._casts[key] = [actor for mesh in parts for actor in self._flat_actors(mesh, np.eye(4), (1, 1, 1))]
            for actor in self._casts[key]:
                actor.SetUserMatrix(_vtk_matrix(self._flatten @ item.matrix))
            used += self._casts[key]
        for actor in used:
            self._flat.add(actor)
        mask = self._flat.shot()[:, :, 0].copy()
        for actor in used:
            self._flat.hide(actor)
        return self._full_size(self._shade(mask) * self._contact(placed))

    def _contact(self, placed: Sequence[Placed]) -> Light:
        """The dark under a vehicle where no sky light reaches, (height/2, width/2) 0..1."""
        w, h = self._camera.width // 4, self._camera.height // 4
        mask = np.zeros((h, w), np.uint8)
        for item in placed:
            low = item.figure.body.points[item.figure.body.points[:, 2] < 0.75]
            if not len(low):
                continue
            x1, y1, x2, y2 = low[:, 0].min(), low[:, 1].min(), low[:, 0].max(), low[:, 1].max()
            ring = np.array([[x1, y1, 0, 1], [x2, y1, 0, 1], [x2, y2, 0, 1], [x1, y2, 0, 1]]) @ item.matrix.T
            pixels, depth = self._camera.project(ring[:, :3])
            if depth.min() > 1:
                cv2.fillConvexPoly(mask, (pixels / 4).round().astype(np.int32), (255,))
        soft = cv2.GaussianBlur(mask, (0, 0), 3.5 * self._camera.width / 1920 + 0.5)
        half = cv2.resize(soft, (self._camera.width // 2, self._camera.height // 2), interpolation=cv2.INTER_LINEAR)
        return np.asarray(1 - np.float32(0.42 / 255) * half, np.float32)

    def owners(self, placed: Sequence[Placed]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Half-size maps (height/2, width/2): number of the road user seen at a pixel (0 = none), and of the head."""
        used: list[vtk.vtkActor] = []
        for mesh in self._front:
            used += self._flat_actors(mesh, np.eye(4), (0, 0, 0))
        for number, item in enumerate(placed, start=1):
            for part, mesh in enumerate([item.figure.body, *item.figure.heads]):
                used += self._flat_actors(mesh, item.matrix, (number / 255, part / 255, 0))
        for actor in used:
            self._flat.add(actor)
        shot = self._flat.shot()
        for actor in used:
            self._flat.remove(actor)
        return shot[:, :, 0].astype(np.int32), shot[:, :, 1].astype(np.int32)

    def close(self) -> None:
        self._over.close()
        self._flat.close()


def _covered(shot: Picture) -> tuple[slice, slice]:
    """Rows and columns that hold anything drawn."""
    drawn = shot[:, :, 3] > 0
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _make_flat(actor: vtk.vtkActor, colour: tuple[float, float, float]) -> None:
    actor.GetMapper().ScalarVisibilityOff()
    look = actor.GetProperty()
    look.SetLighting(False)
    look.SetAmbient(0.0)  # unlit colour is ambient + diffuse: the exact number must come out
    look.SetDiffuse(1.0)
    look.SetColor(*colour)


def _shadow_matrix(sun: tuple[float, float, float]) -> Array:
    matrix = np.eye(4)
    matrix[0, 2], matrix[1, 2], matrix[2, 2], matrix[2, 3] = -sun[0] / sun[2], -sun[1] / sun[2], 0.0, 0.012
    return matrix
