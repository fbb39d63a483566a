/** The price list. What a payer owes is computed here, never in the browser. */

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly origin: string;
  readonly story: string;
  readonly size: string;
  readonly pricePaisa: number;
  readonly art: "leaf" | "sun" | "spice" | "chest";
  /** How many a fresh basket holds. */
  readonly suggested: number;
}

export const QUANTITY_MAX = 9;

export const PRODUCTS: readonly Product[] = [
  {
    sku: "darjeeling",
    name: "First Flush",
    origin: "Darjeeling, West Bengal",
    story: "Picked in the first warm week of March. Apricot, wet stone, a long bright finish.",
    size: "100 g tin",
    pricePaisa: 49_900,
    art: "leaf",
    suggested: 1,
  },
  {
    sku: "assam",
    name: "Morning Malt",
    origin: "Dibrugarh, Assam",
    story: "Full leaf, deep copper in the cup. Stands up to milk and to Mondays.",
    size: "250 g tin",
    pricePaisa: 32_500,
    art: "sun",
    suggested: 0,
  },
  {
    sku: "masala",
    name: "Station Masala",
    origin: "Blended in Pune",
    story: "Green cardamom, ginger and black pepper over strong CTC, as on platform one.",
    size: "200 g tin",
    pricePaisa: 27_550,
    art: "spice",
    suggested: 0,
  },
  {
    sku: "chest",
    name: "The Estate Chest",
    origin: "Six gardens, one box",
    story: "Twelve tins in a sheesham chest, each from a garden that we walk every spring.",
    size: "12 × 100 g",
    pricePaisa: 24_99_900,
    art: "chest",
    suggested: 0,
  },
];
