// The clip: plays at once, muted, from shortly before the violation, in a loop. The vehicle's box and the timeline's
// cursor follow the frame that is really shown (requestVideoFrameCallback), not a timer.

const LEAD_S = 2.0; // the officer sees the approach, then the act
const TRAIL_GAP_S = 0.7; // longer gaps in the trail are not bridged: we do not draw what was not seen

export function player(stage) {
  const video = stage.querySelector("video");
  if (!video) return null;
  const clip = JSON.parse(stage.dataset.clip);
  const boxes = [...stage.querySelectorAll(".trailbox")];
  const overlay = stage.querySelector("[data-overlay]");
  const cursor = stage.querySelector("[data-cursor]");
  const clock = stage.querySelector("[data-clock]");
  const instant = stage.querySelector("[data-instant]");
  const start = Math.max(0, clip.moment_s - LEAD_S);

  const nearestMoment = (at) => clip.moments_s.reduce((near, one) => (Math.abs(one - at) < Math.abs(near - at) ? one : near), clip.moment_s);

  function show(at) {
    const box = boxAt(clip.trail, at);
    for (const rect of boxes) {
      rect.toggleAttribute("hidden", !box);
      if (!box) continue;
      rect.setAttribute("x", box[0]);
      rect.setAttribute("y", box[1]);
      rect.setAttribute("width", Math.max(0, box[2] - box[0]));
      rect.setAttribute("height", Math.max(0, box[3] - box[1]));
    }
    if (cursor) {
      const x = `${Math.min(100, (100 * at) / clip.duration_s)}%`;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
    const from = at - nearestMoment(at);
    if (clock) clock.textContent = `${from < 0 ? "−" : "+"}${Math.abs(from).toFixed(2)} s`;
    if (instant) instant.hidden = Math.abs(from) > 0.5 * clip.frame_s + 0.06;
  }

  if (video.requestVideoFrameCallback) {
    const onFrame = (_, frame) => {
      show(frame.mediaTime);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  } else {
    video.addEventListener("timeupdate", () => show(video.currentTime));
  }

  const play = () => video.play().catch(() => {}); // a browser that forbids autoplay waits for the space key
  const seek = (at) => {
    video.currentTime = Math.max(0, Math.min(clip.duration_s, at));
    show(video.currentTime);
  };
  video.addEventListener("ended", () => {
    seek(start);
    play();
  });
  video.addEventListener("error", () => stage.querySelector("[data-noplay]")?.removeAttribute("hidden"));
  const begin = () => {
    seek(start);
    play();
  };
  if (video.readyState >= 1) begin();
  else video.addEventListener("loadedmetadata", begin, { once: true });

  const pressed = (name, value) => stage.querySelector(`[data-do="${name}"]`)?.setAttribute("aria-pressed", String(value));
  video.addEventListener("play", () => pressed("play", true));
  video.addEventListener("pause", () => pressed("play", false));

  const step = (frames) => {
    video.pause();
    // Aim at the middle of the neighbouring frame: rounding then never lands on the one we came from.
    seek((Math.floor(video.currentTime / clip.frame_s + 1e-3) + frames + 0.5) * clip.frame_s);
  };
  const actions = {
    play: () => (video.paused ? play() : video.pause()),
    back: () => step(-1),
    forward: () => step(1),
    slow: () => {
      video.playbackRate = video.playbackRate === 1 ? 0.5 : 1;
      pressed("slow", video.playbackRate !== 1);
    },
    box: () => {
      overlay.toggleAttribute("hidden");
      pressed("box", !overlay.hasAttribute("hidden"));
    },
    moment: () => {
      // From one moment on to the next, where there are several.
      const here = clip.moments_s.findIndex((one) => video.paused && Math.abs(one - video.currentTime) < 1.5 * clip.frame_s);
      const target = here < 0 ? clip.moment_s : clip.moments_s[(here + 1) % clip.moments_s.length];
      video.pause();
      seek(target + clip.frame_s / 2); // the middle of the frame: rounding then never shows its neighbour
    },
    again: begin,
  };
  stage.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", () => actions[button.dataset.do]?.()));
  const line = stage.querySelector("[data-timeline]");
  line?.addEventListener("click", (event) => {
    const frame = line.getBoundingClientRect();
    seek(((event.clientX - frame.left) / frame.width) * clip.duration_s);
  });
  return actions;
}

/** The vehicle's box at a time of the clip, linear between neighbouring points; null where it was not seen. */
export function boxAt(trail, at) {
  let low = 0;
  let high = trail.length - 1;
  if (high < 0 || at < trail[0].at_s - 0.1 || at > trail[high].at_s + 0.1) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (trail[middle].at_s <= at) low = middle;
    else high = middle;
  }
  const [a, b] = [trail[low], trail[high]];
  const span = b.at_s - a.at_s;
  if (span <= 0) return a.box;
  if (span > TRAIL_GAP_S) return at - a.at_s < 0.1 ? a.box : b.at_s - at < 0.1 ? b.box : null;
  const share = Math.max(0, Math.min(1, (at - a.at_s) / span));
  return a.box.map((edge, index) => edge + (b.box[index] - edge) * share);
}
