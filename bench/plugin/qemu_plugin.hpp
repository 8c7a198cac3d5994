// SPDX-License-Identifier: MIT
// The functions of QEMU's TCG plugin interface, version 1, that the counter uses (QEMU 7.2,
// docs/devel/tcg-plugins.rst). Debian ships QEMU with plugins enabled but without qemu-plugin.h, so
// they are declared here by hand; QEMU resolves them when it loads the plugin.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

using PluginId = std::uint64_t;
struct PluginBlock;        // a translated block
struct PluginInstruction;  // an instruction in it
struct PluginInfo;         // about the target; not read

enum PluginRegisters : int { kPluginNoRegisters = 0 };  // QEMU_PLUGIN_CB_NO_REGS
enum PluginInline : int { kPluginAdd64 = 0 };           // QEMU_PLUGIN_INLINE_ADD_U64

// Calls `translate` for every block when it is translated.
void qemu_plugin_register_vcpu_tb_trans_cb(PluginId id, void (*translate)(PluginId, PluginBlock*));
// Calls `executed(cpu, data)` before every execution of the instruction.
void qemu_plugin_register_vcpu_insn_exec_cb(PluginInstruction*, void (*executed)(unsigned, void*),
                                            PluginRegisters, void* data);
// Adds `value` to *counter at every execution, without atomicity.
void qemu_plugin_register_vcpu_insn_exec_inline(PluginInstruction*, PluginInline, void* counter,
                                                std::uint64_t value);

std::size_t qemu_plugin_tb_n_insns(const PluginBlock*);
PluginInstruction* qemu_plugin_tb_get_insn(const PluginBlock*, std::size_t index);
const void* qemu_plugin_insn_data(const PluginInstruction*);
std::size_t qemu_plugin_insn_size(const PluginInstruction*);
std::uint64_t qemu_plugin_insn_vaddr(const PluginInstruction*);

// What QEMU looks up in a plugin.
__attribute__((visibility("default"))) extern int qemu_plugin_version;
__attribute__((visibility("default"))) int qemu_plugin_install(PluginId id, const PluginInfo* info, int argc,
                                                               char** argv);

}  // extern "C"
