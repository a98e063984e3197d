/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that introspection wants to know of a Linux kernel: the one place that lists it.
 * AilOsiProfile has a member for each row, and files of profiles a key.
 */
#ifndef AIL_FORMATS_OSI_MEMBERS_H
#define AIL_FORMATS_OSI_MEMBERS_H

/*
 * X(member of AilOsiProfile.sym, key in files, names of the symbol, first choice first)
 * The key "" stands for sym.NAME. Others are PANDA's.
 */
#define AIL_OSI_SYMBOLS(X)                                                                         \
    /* the kernel's extent, its name, its page tables */                                           \
    X(text, "", "_text|_stext")                                                                    \
    X(stext, "", "_stext")                                                                         \
    X(etext, "", "_etext")                                                                         \
    X(end, "", "_end")                                                                             \
    X(linux_banner, "", "linux_banner")                                                            \
    X(init_top_pgt, "", "init_top_pgt|init_level4_pgt|swapper_pg_dir")                             \
    /* the first task, and how a processor finds its own */                                        \
    X(init_task, "task.init_addr", "init_task")                                                    \
    X(current_task, "task.current_task_addr", "current_task")                                      \
    X(pcpu_hot, "", "pcpu_hot")                                                                    \
    X(const_pcpu_hot, "", "const_pcpu_hot")                                                        \
    X(cpu_tasks, "", "cpu_tasks")                                                                  \
    X(entry_task, "", "__entry_task")                                                              \
    X(per_cpu_offset, "task.per_cpu_offsets_addr", "__per_cpu_offset")                             \
    X(this_cpu_off, "", "this_cpu_off")                                                            \
    X(per_cpu_start, "", "__per_cpu_start")                                                        \
    X(per_cpu_end, "", "__per_cpu_end")                                                            \
    X(init_thread_union, "", "init_thread_union|init_stack")                                       \
    X(init_pid_ns, "", "init_pid_ns")                                                              \
    X(init_mm, "", "init_mm")                                                                      \
    X(vmemmap_base, "", "vmemmap_base")                                                            \
    X(page_offset_base, "", "page_offset_base")                                                    \
    X(memstart_addr, "", "memstart_addr")                                                          \
    X(init_uts_ns, "", "init_uts_ns")                                                              \
    /* where tasks come, change and go */                                                          \
    X(switch_to, "", "__switch_to")                                                                \
    X(switch_to_asm, "", "__switch_to_asm")                                                        \
    X(finish_task_switch, "task.switch_task_hook_addr", "finish_task_switch")                      \
    X(schedule_tail, "", "schedule_tail")                                                          \
    X(ret_from_fork, "", "ret_from_fork")                                                          \
    X(ret_from_fork_asm, "", "ret_from_fork_asm")                                                  \
    X(copy_process, "", "copy_process")                                                            \
    X(kernel_clone, "", "kernel_clone|_do_fork|do_fork")                                           \
    X(wake_up_new_task, "", "wake_up_new_task")                                                    \
    X(do_exit, "", "do_exit")                                                                      \
    X(release_task, "", "release_task")                                                            \
    X(put_task_struct, "", "__put_task_struct")                                                    \
    X(begin_new_exec, "", "begin_new_exec|flush_old_exec")                                         \
    X(setup_new_exec, "", "setup_new_exec")                                                        \
    X(finalize_exec, "", "finalize_exec")                                                          \
    X(start_thread, "", "start_thread")                                                            \
    X(set_task_comm, "", "__set_task_comm|set_task_comm")                                          \
    /* memory */                                                                                   \
    X(mmput, "", "mmput")                                                                          \
    X(exit_mmap, "", "exit_mmap")                                                                  \
    X(mmap_region, "", "mmap_region")                                                              \
    X(do_munmap, "", "do_vmi_munmap|do_mas_munmap|__do_munmap|do_munmap")                          \
    X(mprotect_fixup, "", "mprotect_fixup")                                                        \
    /* signals */                                                                                  \
    X(get_signal, "", "get_signal|get_signal_to_deliver")                                          \
    X(signal_setup_done, "", "signal_setup_done")                                                  \
    /* modules */                                                                                  \
    X(modules, "", "modules")                                                                      \
    X(do_init_module, "", "do_init_module")                                                        \
    X(free_module, "", "free_module")                                                              \
    /* files */                                                                                    \
    X(fd_install, "", "fd_install")                                                                \
    X(close_fd, "", "close_fd|__close_fd")                                                         \
    /* where pages of files come into pipes and are taken out, and where frames are sent */        \
    X(pipe_lock, "", "pipe_lock")                                                                  \
    X(pipe_unlock, "", "pipe_unlock")                                                              \
    X(dev_hard_start_xmit, "", "dev_hard_start_xmit")                                              \
    /* system calls */                                                                             \
    X(sys_call_table, "", "sys_call_table")                                                        \
    X(entry_syscall_64, "", "entry_SYSCALL_64|system_call")                                        \
    X(entry_syscall_compat, "", "entry_SYSCALL_compat")                                            \
    X(entry_sysenter_compat, "", "entry_SYSENTER_compat")                                          \
    X(entry_int80_compat, "", "entry_INT80_compat|asm_int80_emulation")                            \
    X(entry_sysenter_32, "", "entry_SYSENTER_32|ia32_sysenter_target")                             \
    X(entry_int80_32, "", "entry_INT80_32")                                                        \
    X(do_syscall_64, "", "do_syscall_64")                                                          \
    X(el0_svc, "", "el0_svc")                                                                      \
    X(el0t_64_sync_handler, "", "el0t_64_sync_handler|el0_sync_handler")                           \
    X(vector_swi, "", "vector_swi")

/*
 * X(member of AilOsiProfile.off, key in files, where it is from, first choice first)
 * The key "" stands for STRUCTURE.MEMBER_offset, or .STRUCTURE.MEMBER_size, of the first choice,
 * with all dots but the first as underscores. Others are PANDA's.
 *
 *   structure.member          offset in bytes; a member in others without a name counts as one of
 *                             the structure's, one in others with a name is written with dots
 *   a.b-c.d                   the difference of two such
 *   #structure.member, #structure      size in bytes
 */
#define AIL_OSI_OFFSETS(X)                                                                         \
    X(task_size, "task.size", "#task_struct")                                                      \
    X(task_pid, "task.pid_offset", "task_struct.pid")                                              \
    X(task_tgid, "task.tgid_offset", "task_struct.tgid")                                           \
    X(task_comm, "task.comm_offset", "task_struct.comm")                                           \
    X(task_comm_size, "task.comm_size", "#task_struct.comm")                                       \
    X(task_mm, "task.mm_offset", "task_struct.mm")                                                 \
    X(task_active_mm, "task.active_mm_offset", "task_struct.active_mm")                            \
    X(task_real_parent, "task.real_parent_offset", "task_struct.real_parent")                      \
    X(task_parent, "task.parent_offset", "task_struct.parent")                                     \
    X(task_group_leader, "task.group_leader_offset", "task_struct.group_leader")                   \
    X(task_tasks, "task.tasks_offset", "task_struct.tasks")                                        \
    X(task_children, "task.children_offset", "task_struct.children")                               \
    X(task_sibling, "task.sibling_offset", "task_struct.sibling")                                  \
    X(task_thread_group, "task.thread_group_offset", "task_struct.thread_group")                   \
    X(task_thread_node, "task.thread_node_offset", "task_struct.thread_node")                      \
    X(task_signal, "task.signal_offset", "task_struct.signal")                                     \
    X(task_flags, "task.flags_offset", "task_struct.flags")                                        \
    X(task_start_time, "task.start_time_offset", "task_struct.start_time")                         \
    X(task_start_boottime, "task.start_boottime_offset",                                           \
      "task_struct.start_boottime|task_struct.real_start_time")                                    \
    X(task_exit_code, "task.exit_code_offset", "task_struct.exit_code")                            \
    X(task_exit_signal, "task.exit_signal_offset", "task_struct.exit_signal")                      \
    X(task_exit_state, "task.exit_state_offset", "task_struct.exit_state")                         \
    X(task_state, "task.state_offset", "task_struct.__state|task_struct.state")                    \
    X(task_state_size, "task.state_size", "#task_struct.__state|#task_struct.state")               \
    X(task_files, "task.files_offset", "task_struct.files")                                        \
    X(task_fs, "task.fs_offset", "task_struct.fs")                                                 \
    X(task_cred, "task.cred_offset", "task_struct.cred")                                           \
    X(task_real_cred, "task.real_cred_offset", "task_struct.real_cred")                            \
    X(task_nsproxy, "task.nsproxy_offset", "task_struct.nsproxy")                                  \
    X(task_stack, "task.stack_offset", "task_struct.stack")                                        \
    X(task_thread_info, "task.thread_info_offset", "task_struct.thread_info")                      \
    X(task_thread, "task.thread_offset", "task_struct.thread")                                     \
    X(task_thread_pid, "task.thread_pid_offset", "task_struct.thread_pid")                         \
    X(task_thread_sp, "task.thread_sp_offset",                                                     \
      "task_struct.thread.sp|task_struct.thread.cpu_context.sp")                                   \
    X(task_thread_sp0, "task.thread_sp0_offset", "task_struct.thread.sp0")                         \
    /* the kernel's stack, with thread_info at its lowest address where tasks have none inside */  \
    X(thread_size, "thread_union.size", "#thread_union")                                           \
    X(thread_info_task, "", "thread_info.task")                                                    \
    X(thread_info_cpu, "", "thread_info.cpu")                                                      \
    X(thread_info_flags, "", "thread_info.flags")                                                  \
    X(thread_info_sp, "", "thread_info.cpu_context.sp")                                            \
    X(thread_info_tp_value, "", "thread_info.tp_value")                                            \
    X(pcpu_hot_current_task, "", "pcpu_hot.current_task")                                          \
    X(signal_thread_head, "", "signal_struct.thread_head")                                         \
    X(signal_nr_threads, "", "signal_struct.nr_threads")                                           \
    X(signal_group_exit_code, "", "signal_struct.group_exit_code")                                 \
    X(cred_uid, "cred.uid_offset", "cred.uid")                                                     \
    X(cred_gid, "cred.gid_offset", "cred.gid")                                                     \
    X(cred_euid, "cred.euid_offset", "cred.euid")                                                  \
    X(cred_egid, "cred.egid_offset", "cred.egid")                                                  \
    X(mm_size, "mm.size", "#mm_struct")                                                            \
    X(mm_pgd, "mm.pgd_offset", "mm_struct.pgd")                                                    \
    X(mm_mmap, "mm.mmap_offset", "mm_struct.mmap")                                                 \
    X(mm_mm_rb, "mm.mm_rb_offset", "mm_struct.mm_rb")                                              \
    X(mm_mm_mt, "mm.mm_mt_offset", "mm_struct.mm_mt")                                              \
    X(mm_arg_start, "mm.arg_start_offset", "mm_struct.arg_start")                                  \
    X(mm_arg_end, "mm.arg_end_offset", "mm_struct.arg_end")                                        \
    X(mm_env_start, "mm.env_start_offset", "mm_struct.env_start")                                  \
    X(mm_env_end, "mm.env_end_offset", "mm_struct.env_end")                                        \
    X(mm_start_brk, "mm.start_brk_offset", "mm_struct.start_brk")                                  \
    X(mm_brk, "mm.brk_offset", "mm_struct.brk")                                                    \
    X(mm_start_stack, "mm.start_stack_offset", "mm_struct.start_stack")                            \
    X(mm_start_code, "mm.start_code_offset", "mm_struct.start_code")                               \
    X(mm_exe_file, "mm.exe_file_offset", "mm_struct.exe_file")                                     \
    X(mm_map_count, "mm.map_count_offset", "mm_struct.map_count")                                  \
    X(mm_users, "mm.mm_users_offset", "mm_struct.mm_users")                                        \
    X(mm_context_vdso, "mm.vdso_offset", "mm_struct.context.vdso")                                 \
    /* the tree of mappings, 6.1 and later; arrays have their size / pointer_size elements */      \
    X(maple_tree_root, "", "maple_tree.ma_root")                                                   \
    X(maple_tree_flags, "", "maple_tree.ma_flags")                                                 \
    X(maple_range_64_pivot, "", "maple_range_64.pivot")                                            \
    X(maple_range_64_pivot_size, "", "#maple_range_64.pivot")                                      \
    X(maple_range_64_slot, "", "maple_range_64.slot")                                              \
    X(maple_range_64_slot_size, "", "#maple_range_64.slot")                                        \
    X(maple_arange_64_pivot, "", "maple_arange_64.pivot")                                          \
    X(maple_arange_64_pivot_size, "", "#maple_arange_64.pivot")                                    \
    X(maple_arange_64_slot, "", "maple_arange_64.slot")                                            \
    X(maple_arange_64_slot_size, "", "#maple_arange_64.slot")                                      \
    X(maple_node_mr64, "", "maple_node.mr64")                                                      \
    X(maple_node_ma64, "", "maple_node.ma64")                                                      \
    X(vma_size, "vma.size", "#vm_area_struct")                                                     \
    X(vma_vm_mm, "vma.vm_mm_offset", "vm_area_struct.vm_mm")                                       \
    X(vma_vm_start, "vma.vm_start_offset", "vm_area_struct.vm_start")                              \
    X(vma_vm_end, "vma.vm_end_offset", "vm_area_struct.vm_end")                                    \
    X(vma_vm_next, "vma.vm_next_offset", "vm_area_struct.vm_next")                                 \
    X(vma_vm_rb, "vma.vm_rb_offset", "vm_area_struct.vm_rb")                                       \
    X(vma_vm_flags, "vma.vm_flags_offset", "vm_area_struct.vm_flags|vm_area_struct.__vm_flags")    \
    X(vma_vm_file, "vma.vm_file_offset", "vm_area_struct.vm_file")                                 \
    X(vma_vm_pgoff, "vma.vm_pgoff_offset", "vm_area_struct.vm_pgoff")                              \
    X(vma_vm_ops, "vma.vm_ops_offset", "vm_area_struct.vm_ops")                                    \
    X(vma_vm_private_data, "vma.vm_private_data_offset", "vm_area_struct.vm_private_data")         \
    X(special_mapping_name, "", "vm_special_mapping.name")                                         \
    X(file_path_dentry, "fs.f_path_dentry_offset", "file.f_path.dentry|file.f_dentry")             \
    X(file_path_mnt, "fs.f_path_mnt_offset", "file.f_path.mnt|file.f_vfsmnt")                      \
    X(file_inode, "fs.f_inode_offset", "file.f_inode")                                             \
    X(file_pos, "fs.f_pos_offset", "file.f_pos")                                                   \
    X(file_flags, "fs.f_flags_offset", "file.f_flags")                                             \
    X(file_op, "fs.f_op_offset", "file.f_op")                                                      \
    X(file_mapping, "", "file.f_mapping")                                                          \
    X(file_private_data, "fs.private_data_offset", "file.private_data")                            \
    X(files_fdt, "fs.fdt_offset", "files_struct.fdt")                                              \
    X(files_fdtab, "fs.fdtab_offset", "files_struct.fdtab")                                        \
    X(fdtable_max_fds, "fs.max_fds_offset", "fdtable.max_fds")                                     \
    X(fdtable_fd, "fs.fd_offset", "fdtable.fd")                                                    \
    X(fdtable_open_fds, "", "fdtable.open_fds")                                                    \
    X(fs_root, "", "fs_struct.root")                                                               \
    X(fs_pwd, "", "fs_struct.pwd")                                                                 \
    X(path_mnt, "", "path.mnt")                                                                    \
    X(path_dentry, "", "path.dentry")                                                              \
    X(dentry_parent, "path.d_parent_offset", "dentry.d_parent")                                    \
    X(dentry_name, "path.d_name_offset", "dentry.d_name")                                          \
    X(dentry_iname, "path.d_iname_offset", "dentry.d_iname|dentry.d_shortname")                    \
    X(dentry_inode, "path.d_inode_offset", "dentry.d_inode")                                       \
    X(dentry_op, "path.d_op_offset", "dentry.d_op")                                                \
    X(dentry_operations_dname, "path.d_dname_offset", "dentry_operations.d_dname")                 \
    X(qstr_size, "qstr.size", "#qstr")                                                             \
    X(qstr_name, "qstr.name_offset", "qstr.name")                                                  \
    X(qstr_len, "qstr.len_offset", "qstr.len")                                                     \
    X(inode_ino, "", "inode.i_ino")                                                                \
    X(inode_sb, "", "inode.i_sb")                                                                  \
    X(inode_mode, "", "inode.i_mode")                                                              \
    X(inode_rdev, "", "inode.i_rdev")                                                              \
    X(inode_size, "", "inode.i_size")                                                              \
    X(inode_mtime, "",                                                                             \
      "inode.i_mtime_sec|inode.__i_mtime|inode.i_mtime") /* begins with seconds */                 \
    /* the page cache, 4.20 and later */                                                           \
    X(mapping_host, "", "address_space.host")                                                      \
    X(mapping_head, "", "address_space.i_pages.xa_head")                                           \
    X(xa_node_shift, "", "xa_node.shift")                                                          \
    X(xa_node_slots, "", "xa_node.slots")                                                          \
    X(xa_node_slots_size, "", "#xa_node.slots")                                                    \
    X(page_size, "page.size", "#page")                                                             \
    X(page_flags, "", "page.flags")                                                                \
    X(page_index, "", "page.index|page.__folio_index|folio.index")                                 \
    X(page_mapping, "", "page.mapping")                                                            \
    X(page_compound_head, "", "page.compound_head")                                                \
    X(sb_dev, "", "super_block.s_dev")                                                             \
    X(sb_magic, "", "super_block.s_magic")                                                         \
    X(sb_type, "", "super_block.s_type")                                                           \
    X(fs_type_name, "", "file_system_type.name")                                                   \
    X(vfsmount_root, "path.mnt_root_offset", "vfsmount.mnt_root")                                  \
    /* from the vfsmount that path.mnt points to, which lies inside a mount since 3.3; the parent  \
     * is a mount (its vfsmount is at mount_mnt; before 3.3 there is none, and it is a vfsmount)   \
     */                                                                                            \
    X(mount_mnt, "", "mount.mnt")                                                                  \
    X(mount_parent, "path.mnt_parent_offset", "mount.mnt_parent-mount.mnt|vfsmount.mnt_parent")    \
    X(mount_mountpoint, "path.mnt_mountpoint_offset",                                              \
      "mount.mnt_mountpoint-mount.mnt|vfsmount.mnt_mountpoint")                                    \
    X(module_size, "module.size", "#module")                                                       \
    X(module_list, "", "module.list")                                                              \
    X(module_name, "", "module.name")                                                              \
    X(module_name_size, "", "#module.name")                                                        \
    X(module_state, "", "module.state")                                                            \
    /* 6.4 and later: an array, element 0 is the code; before: one address and size */             \
    X(module_mem, "", "module.mem")                                                                \
    X(module_mem_size, "", "#module.mem")                                                          \
    X(module_memory_size, "module_memory.size", "#module_memory")                                  \
    X(module_memory_base, "", "module_memory.base")                                                \
    X(module_memory_bytes, "", "module_memory.size")                                               \
    X(module_core, "", "module.core_layout.base|module.module_core")                               \
    X(module_core_size, "module.core_size_offset", "module.core_layout.size|module.core_size")     \
    /* its symbols that stay once it has begun: since 4.5; before */                               \
    X(module_symtab, "", "module.core_kallsyms.symtab|module.core_symtab")                         \
    X(module_num_symtab, "", "module.core_kallsyms.num_symtab|module.core_num_syms")               \
    X(module_strtab, "", "module.core_kallsyms.strtab|module.core_strtab")                         \
    X(module_typetab, "", "module.core_kallsyms.typetab")                                          \
    X(ksignal_sig, "", "ksignal.sig")                                                              \
    X(ksignal_info, "", "ksignal.info")                                                            \
    X(siginfo_signo, "siginfo.si_signo_offset", "kernel_siginfo.si_signo|siginfo.si_signo")        \
    X(siginfo_code, "siginfo.si_code_offset", "kernel_siginfo.si_code|siginfo.si_code")            \
    X(siginfo_addr, "siginfo.si_addr_offset",                                                      \
      "kernel_siginfo._sifields._sigfault._addr|siginfo._sifields._sigfault._addr")                \
    X(binprm_filename, "", "linux_binprm.filename")                                                \
    X(binprm_interp, "", "linux_binprm.interp")                                                    \
    X(binprm_mm, "", "linux_binprm.mm")                                                            \
    X(binprm_file, "", "linux_binprm.file")                                                        \
    X(pid_level, "", "pid.level")                                                                  \
    X(pid_numbers, "", "pid.numbers")                                                              \
    X(upid_nr, "", "upid.nr")                                                                      \
    X(upid_ns, "", "upid.ns")                                                                      \
    X(socket_sk, "", "socket.sk")                                                                  \
    X(socket_type, "", "socket.type")                                                              \
    X(sock_family, "sock.family_offset", "sock.__sk_common.skc_family")                            \
    X(sock_daddr, "sock.daddr_offset", "sock.__sk_common.skc_daddr")                               \
    X(sock_rcv_saddr, "sock.rcv_saddr_offset", "sock.__sk_common.skc_rcv_saddr")                   \
    X(sock_dport, "sock.dport_offset", "sock.__sk_common.skc_dport")                               \
    X(sock_num, "sock.num_offset", "sock.__sk_common.skc_num")                                     \
    X(sock_state, "sock.state_offset", "sock.__sk_common.skc_state")                               \
    X(sock_v6_daddr, "sock.v6_daddr_offset", "sock.__sk_common.skc_v6_daddr")                      \
    X(sock_v6_rcv_saddr, "sock.v6_rcv_saddr_offset", "sock.__sk_common.skc_v6_rcv_saddr")          \
    X(sock_protocol, "sock.protocol_offset", "sock.sk_protocol")                                   \
    X(unix_addr, "", "unix_sock.addr")                                                             \
    X(unix_peer, "", "unix_sock.peer")                                                             \
    X(unix_address_len, "", "unix_address.len")                                                    \
    X(unix_address_name, "", "unix_address.name")                                                  \
    X(netlink_portid, "", "netlink_sock.portid")                                                   \
    X(sock_socket, "", "sock.sk_socket")                                                           \
    X(socket_file, "", "socket.file")                                                              \
    /* what a network device sends; pieces of a frame were a structure of their own until 5.3 */   \
    X(netdev_name, "", "net_device.name")                                                          \
    X(netdev_type, "", "net_device.type")                                                          \
    X(skb_next, "", "sk_buff.next")                                                                \
    X(skb_sk, "", "sk_buff.sk")                                                                    \
    X(skb_len, "", "sk_buff.len")                                                                  \
    X(skb_data_len, "", "sk_buff.data_len")                                                        \
    X(skb_head, "", "sk_buff.head")                                                                \
    X(skb_data, "", "sk_buff.data")                                                                \
    X(skb_end, "", "sk_buff.end")                                                                  \
    X(skb_shared_nr_frags, "", "skb_shared_info.nr_frags")                                         \
    X(skb_shared_frags, "", "skb_shared_info.frags")                                               \
    X(skb_shared_frag_list, "", "skb_shared_info.frag_list")                                       \
    X(skb_frag_size, "", "#skb_frag|#bio_vec|#skb_frag_struct")                                    \
    X(skb_frag_page, "", "skb_frag.netmem|bio_vec.bv_page|skb_frag_struct.page")                   \
    X(skb_frag_offset, "", "skb_frag.offset|bio_vec.bv_offset|skb_frag_struct.page_offset")        \
    X(skb_frag_len, "", "skb_frag.len|bio_vec.bv_len|skb_frag_struct.size")                        \
    /* pipes, 5.5 and later */                                                                     \
    X(pipe_head, "", "pipe_inode_info.head")                                                       \
    X(pipe_tail, "", "pipe_inode_info.tail")                                                       \
    X(pipe_ring_size, "", "pipe_inode_info.ring_size")                                             \
    X(pipe_files, "", "pipe_inode_info.files")                                                     \
    X(pipe_bufs, "", "pipe_inode_info.bufs")                                                       \
    X(pipe_buffer_size, "", "#pipe_buffer")                                                        \
    X(pipe_buffer_page, "", "pipe_buffer.page")                                                    \
    X(pipe_buffer_offset, "", "pipe_buffer.offset")                                                \
    X(pipe_buffer_len, "", "pipe_buffer.len")                                                      \
    /* registers saved at the top of the kernel's stack */                                         \
    X(regs_size, "pt_regs.size", "#pt_regs")                                                       \
    X(regs_ax, "", "pt_regs.ax")                                                                   \
    X(regs_bx, "", "pt_regs.bx")                                                                   \
    X(regs_cx, "", "pt_regs.cx")                                                                   \
    X(regs_dx, "", "pt_regs.dx")                                                                   \
    X(regs_si, "", "pt_regs.si")                                                                   \
    X(regs_di, "", "pt_regs.di")                                                                   \
    X(regs_bp, "", "pt_regs.bp")                                                                   \
    X(regs_ip, "", "pt_regs.ip")                                                                   \
    X(regs_cs, "", "pt_regs.cs")                                                                   \
    X(regs_flags, "", "pt_regs.flags")                                                             \
    X(regs_sp, "", "pt_regs.sp")                                                                   \
    X(regs_orig_ax, "", "pt_regs.orig_ax")                                                         \
    X(regs_r8, "", "pt_regs.r8")                                                                   \
    X(regs_r9, "", "pt_regs.r9")                                                                   \
    X(regs_r10, "", "pt_regs.r10")                                                                 \
    X(regs_uregs, "", "pt_regs.uregs") /* arm: r0 to r15, cpsr, orig_r0 */                         \
    X(regs_regs, "", "pt_regs.regs")   /* aarch64: x0 to x30 */                                    \
    X(regs_pc, "", "pt_regs.pc")                                                                   \
    X(regs_pstate, "", "pt_regs.pstate")                                                           \
    X(regs_orig_x0, "", "pt_regs.orig_x0")                                                         \
    X(regs_syscallno, "", "pt_regs.syscallno")

#endif
