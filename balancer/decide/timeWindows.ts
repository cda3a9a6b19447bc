// Is it now one of the times at which a namespace lets its workloads go to spot?
import type { NamespaceRule } from "../policy.ts";

type TimeWindow = NamespaceRule["windows"][number];
type Day = TimeWindow["days"][number];

const days: Day[] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/** Formatters cost far more than their use, and policies name few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** True without any window: no restriction. */
export function isOpen(windows: TimeWindow[], now: number): boolean {
  return windows.length === 0 || windows.some((window) => isWithin(window, now));
}

/** A window that passes midnight belongs to the day on which it starts. Wall clock: it follows daylight saving time. */
function isWithin(window: TimeWindow, now: number): boolean {
  const { day, minute } = wallClock(window.timeZone, now);
  const from = minuteOfDay(window.from);
  const to = minuteOfDay(window.to);
  const startsToday = window.days.includes(day);
  if (from < to) return startsToday && minute >= from && minute < to;
  const yesterday = days[(days.indexOf(day) + 6) % 7]!;
  return (startsToday && minute >= from) || (window.days.includes(yesterday) && minute < to);
}

function wallClock(timeZone: string, now: number): { day: Day; minute: number } {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return { day: parts["weekday"] as Day, minute: Number(parts["hour"]) * 60 + Number(parts["minute"]) };
}

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
