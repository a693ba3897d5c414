"""An RTSP camera for tests: GStreamer's RTSP server sends a clip in real time, from its start for every client.

    /usr/bin/python3 rtsp_server.py CLIP PORT [USER PASSWORD] [--leap SECONDS]

Runs under the system's Python, which has the bindings (see INSTALL in test_live.py). CLIP is MP4, or MPEG-TS (.ts), whose
pictures may change their size. PORT 0 takes a free one. Prints `ready PORT` when it listens. Without USER everybody may
watch rtsp://127.0.0.1:PORT/camera. `--leap`: after a second the camera's times leap by so much, as of a camera whose clock
was set in mid-stream.
"""

import argparse
import struct
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - the versions come first

RTP_HZ = 90_000  # the clock of video in RTP


def main() -> None:
    asked = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(asked.port)
    factory = GstRtspServer.RTSPMediaFactory()
    demux = "tsdemux" if asked.clip.endswith(".ts") else "qtdemux"
    factory.set_launch(
        f"( filesrc location={asked.clip} ! {demux} ! h264parse config-interval=1 ! rtph264pay name=pay0 )"
    )
    if asked.leap:
        factory.connect("media-configure", lambda _, media: leap(media, asked.leap))
    if asked.login:
        ask_for_login(server, factory, *asked.login)
    server.get_mount_points().add_factory("/camera", factory)
    if not server.attach(None):
        sys.exit(f"port {asked.port} is taken")
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("port")
    parser.add_argument("login", nargs="*")
    parser.add_argument("--leap", type=int, default=0)
    return parser.parse_args()


def ask_for_login(
    server: GstRtspServer.RTSPServer, factory: GstRtspServer.RTSPMediaFactory, user: str, password: str
) -> None:
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("viewer")
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def leap(media: GstRtspServer.RTSPMedia, seconds: int) -> None:
    """Rewrites the time in the header of each RTP packet of this media from its second second on. A packet in the probe
    cannot be written to: a copy takes its place."""
    pad = media.get_element().get_by_name("pay0").get_static_pad("src")
    is_copy = False

    def rewrite(_: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        nonlocal is_copy
        if is_copy:
            return Gst.PadProbeReturn.OK
        is_copy = True
        for packet in packets_of(info):
            copy = packet.copy_deep()
            if packet.pts >= Gst.SECOND:
                (at,) = struct.unpack("!I", packet.extract_dup(4, 4))
                copy.fill(4, struct.pack("!I", (at + seconds * RTP_HZ) % 2**32))
            pad.push(copy)
        is_copy = False
        return Gst.PadProbeReturn.DROP

    pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, rewrite)


def packets_of(info: Gst.PadProbeInfo) -> list[Gst.Buffer]:
    if info.type & Gst.PadProbeType.BUFFER:
        return [info.get_buffer()]
    packets = info.get_buffer_list()
    return [packets.get(i) for i in range(packets.length())]


main()
