#include "kernels.h"

#include "path/attention_scores.h"
#include "path/density_peaks.h"
#include "path/determinantal.h"
#include "path/map_rows.h"
#include "path/int4_product.h"
#include "path/max_min.h"
#include "path/mean_attention.h"
#include "path/mutual_information.h"
#include "path/packed_rows.h"
#include "path/pair_distances.h"
#include "path/picture.h"
#include "path/similarity.h"
#include "path/token_attention.h"
#include "path/token_rows.h"

namespace autoprune::AUTOPRUNE_PATH {

extern const Kernels kernels;
const Kernels kernels = {
    AUTOPRUNE_TEXT(AUTOPRUNE_PATH),
    mean_attention,
    mutual_information,
    map_rows,
    pair_distances,
    density_peaks,
    similarity_matrix,
    nearest_targets,
    select_max_min,
    select_determinantal,
    attention_scores,
    weigh_columns,
    weigh_rows,
    normalise_pixels,
    quantize_row,
    multiply_int4,
    root_mean_square_norm,
    rotate,
    attend,
    gate,
    pack_halves,
    unpack_halves,
    pack_bytes,
    unpack_bytes,
};

}  // namespace autoprune::AUTOPRUNE_PATH
