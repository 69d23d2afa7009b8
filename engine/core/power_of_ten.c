/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 10^n = 10^(16 a) 10^b: a table of the first, rounded to twice 53 bits, times an exact double. The
 * product by fma keeps a relative error below 2^-103: Dekker (1971), Numer. Math. 18:224-242.
 */
#include "core/power_of_ten_internal.h"

#include <math.h>

enum { STEP = 16 };

/* clang-format off */
static const struct power coarse[] = {
    {0x1.37d99cc506d59p-957, -0x1.44588e4c035e8p-1011}, /* 1e-288 */
    {0x1.5a391d56bdc87p-904, 0x1.b36d1921b2800p-958}, /* 1e-272 */
    {0x1.8062864ac6f43p-851, 0x1.39fa911155ff0p-906}, /* 1e-256 */
    {0x1.aac0bf9b9e65cp-798, 0x1.d6fb1e4a9a909p-853}, /* 1e-240 */
    {0x1.d9ca79d89462ap-745, -0x1.425b0740a9caep-800}, /* 1e-224 */
    {0x1.0701bd527b498p-691, -0x1.cfdedc1a30d30p-745}, /* 1e-208 */
    {0x1.23ff06eea847ap-638, -0x1.fcc24e7cae5cfp-692}, /* 1e-192 */
    {0x1.442e4fb671960p-585, 0x1.7dc56d0072d28p-643}, /* 1e-176 */
    {0x1.67e9c127b6e74p-532, 0x1.26b3da42cecadp-588}, /* 1e-160 */
    {0x1.8f9574dcf8a70p-479, 0x1.647f32529774bp-533}, /* 1e-144 */
    {0x1.bba08cf8c979dp-426, -0x1.afa9c1a60497dp-480}, /* 1e-128 */
    {0x1.ec866b79e0cbap-373, 0x1.bea6a30bdaffap-427}, /* 1e-112 */
    {0x1.116805effaeaap-319, 0x1.cd88ede5810c7p-373}, /* 1e-96 */
    {0x1.2f8ac174d6123p-266, 0x1.a5dccd879fc96p-321}, /* 1e-80 */
    {0x1.50ffd44f4a73dp-213, 0x1.a53f2398d747bp-268}, /* 1e-64 */
    {0x1.7624f8a762fd8p-160, 0x1.595560c018581p-215}, /* 1e-48 */
    {0x1.9f623d5a8a733p-107, -0x1.a2cc10f3892d4p-161}, /* 1e-32 */
    {0x1.cd2b297d889bcp-54, 0x1.5b4c2ebe68799p-109}, /* 1e-16 */
    {0x1.0000000000000p+0, 0x0.0p+0}, /* 1e0 */
    {0x1.1c37937e08000p+53, 0x0.0p+0}, /* 1e16 */
    {0x1.3b8b5b5056e17p+106, -0x1.3107f00000000p+52}, /* 1e32 */
    {0x1.5e531a0a1c873p+159, -0x1.14b4c7a76a406p+105}, /* 1e48 */
    {0x1.84f03e93ff9f5p+212, -0x1.2ac340948e389p+157}, /* 1e64 */
    {0x1.afcef51f0fb5fp+265, -0x1.08f322e84da10p+204}, /* 1e80 */
    {0x1.df67562d8b363p+318, -0x1.ae9d180b58861p+264}, /* 1e96 */
    {0x1.0a1f5b8132466p+372, 0x1.4f01f167b5e30p+318}, /* 1e112 */
    {0x1.27748f9301d32p+425, -0x1.901cc86649e4ap+371}, /* 1e128 */
    {0x1.4805738b51a75p+478, -0x1.18a0e9df9363ap+423}, /* 1e144 */
    {0x1.6c2d4256ffcc3p+531, -0x1.56a2119e533adp+474}, /* 1e160 */
    {0x1.945145230b378p+584, -0x1.b20a11c22bf0cp+527}, /* 1e176 */
    {0x1.c0e1ef1a724ebp+637, -0x1.4abd220ed605cp+583}, /* 1e192 */
    {0x1.f25c186a6f04cp+690, 0x1.45a7709a56ccep+635}, /* 1e208 */
    {0x1.14a52dffc6799p+744, 0x1.2f82bd6b70d9ap+689}, /* 1e224 */
    {0x1.33234de7ad7e3p+797, -0x1.34a66b24bc3ebp+741}, /* 1e240 */
    {0x1.54fdd7f73bf3cp+850, -0x1.7222446fe4670p+795}, /* 1e256 */
    {0x1.7a93a2954f3b8p+903, -0x1.beda693cdd93bp+849}, /* 1e272 */
    {0x1.a44df832b8d46p+956, -0x1.ce31f3444e400p+899}, /* 1e288 */
};
static const double fine[STEP] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
/* clang-format on */

struct power power_of_ten(int n)
{
    const int shifted = n - POWER_MIN, b = shifted % STEP;
    const struct power c = coarse[shifted / STEP];
    const double hi = c.hi * fine[b];
    const double lo = fma(c.hi, fine[b], -hi) + c.lo * fine[b];

    return (struct power){hi, lo};
}

double power_of_ten_near(int n)
{
    const int shifted = n - POWER_MIN;

    return coarse[shifted / STEP].hi * fine[shifted % STEP];
}
