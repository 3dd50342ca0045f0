"""Around which level simulated series move, so that a sample book looks like a real one.

Rough, round levels of the published statistics, for the eye alone: nothing is computed from them,
and no real value stands among them. A series that has no row here goes by its unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Level(NamedTuple):
    """How a simulated series lies.

    Attributes
    ----------
    middle
        The value about which it moves, in its unit.
    spread
        Of a rate, an index or a flow, how far one standard deviation of its wave reaches; 0 for an
        amount or a price, which grows and swings in proportion.
    growth
        Of an amount or a price, growth in a year, as a decimal.
    swing
        Of an amount or a price, how strongly it follows its wave; 1 is as amounts usually do.
    season
        Of an amount, how far the seasons reach, as a decimal.
    """

    middle: float
    spread: float = 0.0
    growth: float = 0.05
    swing: float = 1.0
    season: float = 0.05

    @property
    def decimals(self) -> int:
        """Decimals with which such values are published."""
        if self.spread:
            return 2
        return int(np.clip(3 - np.floor(np.log10(self.middle)), 0, 4))


def price(middle: float, growth: float = 0.02) -> Level:
    """Return the level of a price: it grows little and knows no seasons."""
    return Level(middle, growth=growth, season=0.0)


def rate(middle: float, spread: float) -> Level:
    """Return the level of a rate, an index or a flow, which moves about a value."""
    return Level(middle, spread)


def currency(middle: float) -> Level:
    """Return the level of an exchange rate, which hardly grows and swings little."""
    return Level(middle, growth=0.0, swing=0.35, season=0.0)


#: Of a series that is not listed, by its unit.
UNITS: Mapping[str, Level] = {"%": rate(8.0, 5.0), "指数": rate(100.0, 3.0)}
#: Of all others.
AMOUNT = Level(1000.0)

LEVELS: Mapping[str, Level] = {
    # Money and credit.
    "m2_yoy": rate(13.0, 2.5),
    "m1_yoy": rate(11.0, 4.0),
    "tsf_stock_yoy": rate(13.0, 2.5),
    "long_loans_yoy": rate(14.0, 3.0),
    "cgb10y": rate(3.4, 0.5),
    "omo_net": rate(200.0, 2500.0),
    "mlf_net": rate(400.0, 1500.0),
    "psl_net": rate(100.0, 500.0),
    "rrr_release": rate(500.0, 1500.0),
    "treasury_deposits": rate(50.0, 300.0),
    "m2_level": Level(900_000.0, growth=0.12, swing=0.2, season=0.0),
    # Prices, activity and surveys.
    "core_cpi": rate(1.5, 0.5),
    "cpi_yoy": rate(2.3, 1.2),
    "cpi_appliances": rate(0.5, 0.8),
    "ppi_yoy": rate(1.5, 3.0),
    "ppi_producer_goods": rate(1.8, 3.6),
    "industrial_value_added_yoy": rate(9.0, 3.0),
    "pmi": rate(50.8, 1.2),
    "pmi_construction": rate(57.0, 2.0),
    "pmi_new_orders": rate(51.5, 1.6),
    "us_cli": rate(100.0, 1.0),
    "eu_cli": rate(100.0, 1.0),
    "jp_cli": rate(100.0, 1.0),
    "consumer_confidence": rate(108.0, 6.0),
    "real_estate_climate": rate(100.0, 2.5),
    "usdcny": currency(6.9),
    "eurcny": currency(8.0),
    "jpycny": currency(6.2),
    # Building and investment.
    "re_domestic_loans": rate(10.0, 12.0),
    "housing_sales_area": rate(8.0, 10.0),
    "housing_new_starts": rate(7.0, 12.0),
    "housing_completions": rate(5.0, 9.0),
    "infrastructure_investment": rate(13.0, 6.0),
    "construction_works_investment": rate(12.0, 7.0),
    "enjoyment_fai_share": rate(24.0, 1.5),
    # Farming.
    "hog_slaughter": Level(1_900.0, season=0.12),
    "hog_inventory": Level(42_000.0, growth=-0.003, swing=0.5, season=0.02),
    "sow_inventory": Level(4_300.0, growth=-0.003, swing=0.5, season=0.01),
    "hog_grain_ratio": rate(7.0, 1.0),
    "hog_price": price(15.0),
    # Building materials.
    "cement_price": price(380.0),
    "glass_price": price(1_600.0),
    "soda_ash_price": price(1_700.0),
    "fuel_oil_price": price(3_800.0),
    "mill_operation_rate": rate(55.0, 9.0),
    "clinker_storage_ratio": rate(62.0, 7.0),
    # Coal.
    "thermal_coal_price": price(620.0),
    "bohai_thermal_price": price(610.0),
    "bohai_port_throughput": Level(3_800.0),
    "qinhuangdao_throughput": Level(1_700.0),
    "second_port_throughput": Level(1_100.0),
    "third_port_throughput": Level(900.0),
    "raw_coal_output": Level(29_000.0, growth=0.03),
    "thermal_coal_output": Level(23_000.0, growth=0.03),
    "coking_coal_output": Level(4_000.0, growth=0.02),
    "power_plant_thermal_inventory": Level(8_500.0, growth=0.03),
    "steel_mill_coking_inventory": Level(800.0, growth=0.02),
    "coking_plant_coking_inventory": Level(900.0, growth=0.02),
    "port_coal_inventory": Level(2_200.0, growth=0.02),
    # Steel.
    "pig_iron_output": Level(5_800.0, growth=0.03, swing=0.6),
    "crude_steel_output": Level(6_800.0, growth=0.03, swing=0.6),
    "steel_products_output": Level(8_500.0, growth=0.04, swing=0.6),
    "iron_ore_imports": Level(7_500.0, growth=0.06),
    "ore_port_clearance": Level(260.0, growth=0.03),
    "social_inventory_5": Level(1_200.0, growth=0.02, season=0.15),
    "blast_furnace_rate": rate(78.0, 5.0),
    "myspic": price(140.0),
    # Chemicals and fibres.
    "pure_mdi_price": price(20_000.0),
    "polymeric_mdi_price": price(16_000.0),
    "benzene_price": price(6_500.0),
    "loom_rate_1": rate(70.0, 7.0),
    "loom_rate_2": rate(60.0, 7.0),
    "loom_rate_3": rate(75.0, 7.0),
    # Consumer goods.
    "apparel_retail": Level(900.0, growth=0.07, season=0.15),
    "furniture_retail": Level(140.0, growth=0.07, season=0.12),
    "fridge_output": rate(8.0, 8.0),
    "ac_output": rate(9.0, 9.0),
    # Cars and batteries.
    "auto_sales": Level(170.0, growth=0.06, season=0.12),
    "auto_output": Level(170.0, growth=0.06, season=0.12),
    "nev_sales": Level(30.0, growth=0.15, season=0.12),
    "charging_piles": Level(150.0, growth=0.2, season=0.0),
    "li_battery_output": Level(14.0, growth=0.1),
    "power_battery_installs": Level(12.0, growth=0.2),
    "lfp_price": price(8.0),
    "ncm_price": price(18.0),
    "electrolyte_price": price(5.0),
    "copper_foil_price": price(9.0),
    "lithium_carbonate_price": price(12.0),
    "lithium_hydroxide_price": price(12.0),
    "lipf6_price": price(15.0),
    # Solar energy.
    "polysilicon_imports": Level(8_000.0),
    "polysilicon_output": Level(3.0, growth=0.1),
    "polysilicon_price": price(110.0),
    "wafer_exports": Level(250e6),
    "wafer_price": price(3.0),
    "cell_output": Level(900.0, growth=0.12),
    "cell_price": price(1.1),
    "module_exports": Level(1.5e9),
    "module_price": price(2.0),
    "inverter_exports": Level(300e6),
    "silver_powder_imports": Level(200_000.0),
    "pv_new_installs": Level(350.0, growth=0.1, season=0.2),
    # Telecommunications and electronics.
    "base_station_output": Level(300.0),
    "optoelectronic_output": Level(900.0),
    "fibre_cable_output": Level(1_800.0),
    "fibre_export_value": Level(90e6),
    "laser_transceiver_export": Level(280e6),
    "switch_output": Level(110.0),
    "smartphone_shipments": Level(2_600.0, growth=0.03),
    "phone_output": Level(11_000.0, growth=0.04),
    "tablet_panel_shipments": Level(1_600.0, growth=0.02),
    "tablet_panel_price": price(22.0, 0.0),
    "dxi": price(15_000.0),
    "nand_spot": price(3.5, 0.0),
    "ic_import_value": Level(20e9),
    "ic_export_value": Level(8e9),
    "semi_equipment_billings": Level(140.0),
    "wsts_sales": Level(28.0),
    # Revenues of Taiwanese companies, in new dollars.
    "luxnet_revenue": Level(180e6),
    "truelight_revenue": Level(150e6),
    "aspeed_revenue": Level(180e6),
    "chenbro_revenue": Level(500e6),
    "hon_hai_revenue": Level(350e9, season=0.15),
    "win_semi_revenue": Level(1.4e9),
    "largan_revenue": Level(3.5e9),
    "zhen_ding_revenue": Level(9e9, season=0.15),
    "flexium_revenue": Level(2e9),
    "taiflex_revenue": Level(700e6),
    "compeq_revenue": Level(4e9),
    "foxlink_revenue": Level(7e9),
    "tsmc_revenue": Level(70e9, growth=0.08),
    "umc_revenue": Level(12e9),
    "mediatek_revenue": Level(18e9),
    "ase_revenue": Level(25e9),
    "wafer_revenue": Level(5e9),
    # Machinery.
    "excavator_sales": Level(14_000.0, season=0.2),
    "metal_cutting_machine_output": Level(5.5, growth=0.02),
    "auto_inventory": Level(2_600.0, growth=0.06, season=0.02),
    "electronics_inventory": Level(3_600.0, growth=0.07, season=0.02),
    "electrical_inventory": Level(3_200.0, growth=0.06, season=0.02),
    "general_equipment_inventory": Level(1_900.0, growth=0.05, season=0.02),
    "special_equipment_inventory": Level(1_700.0, growth=0.05, season=0.02),
    "metal_products_inventory": Level(1_200.0, growth=0.05, season=0.02),
}


def level_of(id: str, unit: str) -> Level:
    """Return how a series lies: by its id, else by its unit, else as an amount."""
    return LEVELS.get(id) or UNITS.get(unit) or AMOUNT
