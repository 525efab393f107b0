import { expect, it } from "vitest";
import { firstStepAgain, placeAfter, type RemovalPlace } from "./removal-steps.ts";

function placesFrom(first: RemovalPlace): string[] {
  const places: string[] = [];
  for (let place: RemovalPlace | null = first; place !== null; place = placeAfter(place))
    places.push(place.isSweep ? `${place.step} again` : place.step);
  return places;
}

it("tells the provider first, the log when the mail is gone, and looks once more at what slow workers may leave", () => {
  expect(placesFrom({ step: "watch", isSweep: false })).toEqual([
    ...["watch", "grant", "queue", "mail", "rest", "blobs", "account", "fact", "trail", "log"],
    ...["blobs again", "trail again", "log again"],
  ]);
});

it("asks the provider nothing where the mail has come back with an older database", () => {
  expect(placesFrom({ step: firstStepAgain, isSweep: false }).slice(0, 2)).toEqual(["queue", "mail"]);
});
