// One module per behaviour. Everything works as plain links and forms before any of this runs.
import "htmx.org/dist/htmx.esm.js";
import { startBoard } from "./board";
import { startChart } from "./chart";
import { startCopy } from "./copy";
import { startDrill } from "./drill";
import { startDrop } from "./drop";
import { startFilters } from "./filters";
import { startLive } from "./live";
import { startMenus } from "./menus";
import { startMorph } from "./morph";
import { startPalette } from "./palette";
import { startPng } from "./png";
import { startTheme } from "./theme";
import { startVisits } from "./visit";

startMorph();
startTheme();
startMenus();
startVisits();
startDrill();
startFilters();
startChart();
startPng();
startCopy();
startDrop();
startPalette();
startBoard();
startLive();
