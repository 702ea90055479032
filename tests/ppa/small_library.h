// SPDX-License-Identifier: Apache-2.0
// A made-up cell library whose energies can be computed by hand. 2 V; capacitances in fF, so energies in fJ.
#pragma once

#include <string>

namespace vernier::ppa {

/// Inverter, NAND gate, flip-flop with reset and latch. The inverter's energy is load + 10 * transition time.
inline const std::string kSmallLibrary = R"lib(/* made up */
library(small) {
  time_unit : "1ns"; voltage_unit : "1V"; leakage_power_unit : "1uW";
  capacitive_load_unit (1, ff);
  nom_voltage : 2.0; nom_temperature : 25;
  power_lut_template(energy) {
    variable_1 : total_output_net_capacitance;
    variable_2 : input_transition_time;
    index_1 ("0, 10"); index_2 ("0.1, 0.3");
  }
  power_lut_template(turned) {
    variable_1 : input_transition_time;
    variable_2 : total_output_net_capacitance;
    index_1 ("0.1, 0.3"); index_2 ("0, 10");
  }
  power_lut_template(passive) { variable_1 : input_transition_time; index_1 ("0.1, 0.3"); }
  cell (INV) {
    area : 4; cell_leakage_power : 0.5;
    pin(A) { direction : input; capacitance : 3; }
    pin(Y) { direction : output; function : "(!A)";
      internal_power() { related_pin : "A";
        rise_power(energy) { values ("1, 3", \
                                     "11, 13"); }
        fall_power(turned) { values ("1, 11", "3, 13"); }
      }
    }
  }
  cell (NAND) {
    area : 6; cell_leakage_power : 0.25;
    pin(A) { direction : input; capacitance : 2; }
    pin(B) { direction : input; capacitance : 5; }
    pin(Y) { direction : output; function : "(A B)'";
      internal_power() { related_pin : "A"; power(scalar) { values ("8"); } }
      internal_power() { related_pin : "B"; power(scalar) { values ("2"); } }
    }
  }
  cell (DFFR) {
    area : 20; cell_leakage_power : 1;
    ff (IQ, IQN) { next_state : "D"; clocked_on : "CK"; clear : "R'"; }
    pin(CK) { direction : input; clock : true; capacitance : 1;
      internal_power() { rise_power(passive) { values ("4, 6"); } fall_power(passive) { values ("6, 8"); } }
    }
    pin(D) { direction : input; capacitance : 2;
      internal_power() { rise_power(scalar) { values ("7"); } fall_power(scalar) { values ("9"); } }
    }
    pin(R) { direction : input; capacitance : 2; }
    pin(Q) { direction : output; function : "IQ";
      internal_power() { related_pin : "CK"; rise_power(scalar) { values ("20"); } fall_power(scalar) { values ("30"); } }
    }
    pin(QN) { direction : output; function : "IQN"; }
  }
  cell (LATCH) {
    area : 9; latch (IQ, IQN) { enable : "G"; data_in : "D"; }
    pin(G) { direction : input; } pin(D) { direction : input; } pin(Q) { direction : output; function : "IQ"; }
  }
}
)lib";

}  // namespace vernier::ppa
