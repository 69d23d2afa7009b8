/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file reading_libraries_internal.h  libzip, ReadStat and libyaml, loaded with the first file for them. */
#ifndef TQ_FRAME_READING_LIBRARIES_INTERNAL_H
#define TQ_FRAME_READING_LIBRARIES_INTERNAL_H

#include <readstat.h>
#include <yaml.h>
#include <zip.h>

#include "core/on_demand.h"

#define ZIP_LIST(X) \
    X(zip_discard) \
    X(zip_error_code_zip) \
    X(zip_error_fini) \
    X(zip_error_init) \
    X(zip_fclose) \
    X(zip_fopen_index) \
    X(zip_fread) \
    X(zip_get_num_entries) \
    X(zip_name_locate) \
    X(zip_open_from_source) \
    X(zip_source_buffer_create) \
    X(zip_source_free) \
    X(zip_stat_index) \
    X(zip_stat_init)

#define READSTAT_LIST(X) \
    X(readstat_error_message) \
    X(readstat_get_file_format_version) \
    X(readstat_parse_dta) \
    X(readstat_parse_por) \
    X(readstat_parse_sas7bdat) \
    X(readstat_parse_sav) \
    X(readstat_parse_xport) \
    X(readstat_parser_free) \
    X(readstat_parser_init) \
    X(readstat_double_value) \
    X(readstat_set_close_handler) \
    X(readstat_set_io_ctx) \
    X(readstat_set_metadata_handler) \
    X(readstat_set_open_handler) \
    X(readstat_set_read_handler) \
    X(readstat_set_seek_handler) \
    X(readstat_set_update_handler) \
    X(readstat_set_value_handler) \
    X(readstat_set_value_label_handler) \
    X(readstat_set_variable_handler) \
    X(readstat_string_value) \
    X(readstat_value_is_missing) \
    X(readstat_value_is_tagged_missing) \
    X(readstat_value_type_class) \
    X(readstat_variable_get_format) \
    X(readstat_variable_get_index) \
    X(readstat_variable_get_name)

#define YAML_LIST(X) \
    X(yaml_event_delete) \
    X(yaml_parser_delete) \
    X(yaml_parser_initialize) \
    X(yaml_parser_parse) \
    X(yaml_parser_set_input_string)

typedef struct {
    ZIP_LIST(TQ_ON_DEMAND_POINTER)
} zip_api;

typedef struct {
    READSTAT_LIST(TQ_ON_DEMAND_POINTER)
} readstat_api;

typedef struct {
    YAML_LIST(TQ_ON_DEMAND_POINTER)
} yaml_api;

/** NULL, with TQ_EREAD in err, when the library is missing. */
const zip_api *zip_library_load(tq_error *err);
const readstat_api *readstat_library_load(tq_error *err);
const yaml_api *yaml_library_load(tq_error *err);

#endif
