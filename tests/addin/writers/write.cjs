// Writes sheets of plain values with one of two writers: node write.cjs WRITER ROWS.json OUT.xlsx
// A day is an object {"day": "2020-01-31"}; the JSON is an object of rows by the sheet's name.
"use strict";
const fs = require("node:fs");

const [writer, source, target] = process.argv.slice(2);
const sheets = JSON.parse(fs.readFileSync(source, "utf8"));
const value = (cell) =>
  cell !== null && typeof cell === "object" ? new Date(`${cell.day}T00:00:00Z`) : cell;
const rows = (table) => table.map((row) => row.map(value));

const writers = {
  async sheetjs() {
    const xlsx = require("xlsx");
    const book = xlsx.utils.book_new();
    for (const [name, table] of Object.entries(sheets)) {
      const sheet = xlsx.utils.aoa_to_sheet(rows(table), { UTC: true, dateNF: "yyyy-mm-dd" });
      xlsx.utils.book_append_sheet(book, sheet, name);
    }
    xlsx.writeFile(book, target, { bookType: "xlsx", compression: true });
  },
  async exceljs() {
    const { Workbook } = require("exceljs");
    const book = new Workbook();
    for (const [name, table] of Object.entries(sheets)) {
      const sheet = book.addWorksheet(name);
      rows(table).forEach((row) => sheet.addRow(row));
      sheet.getColumn(1).numFmt = "yyyy-mm-dd";
    }
    await book.xlsx.writeFile(target);
  },
};

writers[writer]().catch((error) => {
  console.error(error);
  process.exit(1);
});
