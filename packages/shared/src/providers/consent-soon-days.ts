/**
 * When a consent that ends by itself ends soon, in days: time enough for a person who does not read mail every day, and little
 * enough that it is not put off. The client's `consentEndsSoon` says the same.
 */
export const consentSoonDays = 3;
