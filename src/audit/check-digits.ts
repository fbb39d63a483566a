/** Check digits of numbers that name a card or a person, so that other long numbers stay readable. */

/** ISO/IEC 7812-1 annex B, of payment cards. */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const ROTATION = "1576283094";

/** Verhoeff's check over the dihedral group of ten, of Aadhaar numbers. */
export function hasVerhoeffDigit(digits: string): boolean {
  let check = 0;
  for (let index = 0; index < digits.length; index += 1) {
    check = timesInD5(check, permuted(Number(digits[digits.length - 1 - index]), index % 8));
  }
  return check === 0;
}

function permuted(digit: number, times: number): number {
  let result = digit;
  for (let turn = 0; turn < times; turn += 1) result = Number(ROTATION[result]);
  return result;
}

/** Digits 0 to 4 are turns of a pentagon, 5 to 9 its reflections. */
function timesInD5(left: number, right: number): number {
  const turn = left % 5;
  const other = right % 5;
  if (left < 5) return right < 5 ? (turn + other) % 5 : 5 + ((turn + other) % 5);
  return right < 5 ? 5 + ((turn - other + 5) % 5) : (turn - other + 5) % 5;
}
