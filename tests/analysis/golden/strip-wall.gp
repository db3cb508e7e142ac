# Picture strip-zap-vcpus1 of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$arm0 << EOD
-0.213333 60033
0.786667 60217
1.78667 60401
EOD
$arm1 << EOD
0.0533333 75484
1.05333 75668
2.05333 75853
EOD
$arm2 << EOD
0.32 60033
1.32 60217
2.32 60401
EOD
set title 'Every block: zap, pages=512 placement=compact vcpus=1' noenhanced
set ylabel 'zap_pages_per_s [page/s]'
set xlabel 'boot (blocks from left to right)'
set xrange [-0.5:2.5]
set xtics ('0' 0, '1' 1, '2' 2) scale 0
set yrange [58134.6:77751.4]
set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set key outside right top reverse Left
set bmargin at screen 0.23
set arrow from 0.5, graph 0 to 0.5, graph 1 nohead back linecolor rgb '#d8d8d8'
set arrow from 1.5, graph 0 to 1.5, graph 1 nohead back linecolor rgb '#d8d8d8'
set label 1 'substrate soft, clock wall, kernel 7.3.4 (plain), n = 3 boots, a point per block; the axis does not start at 0' at screen 0.5, screen 0.0904 center font ',9' textcolor '#404040'
set label 2 'host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg), seed 1' at screen 0.5, screen 0.0583 center font ',9' textcolor '#404040'
set label 3 'Software TDX module, wall time under TCG: neither TDX hardware nor TDX time.' at screen 0.5, screen 0.0262 center font ',9' textcolor '#404040'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 800,520 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 800,520 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'strip-zap-vcpus1.png' : 'strip-zap-vcpus1.svg')
plot $arm0 using 1:2 with points pointtype 7 pointsize 1.1 linecolor rgb '#0072B2' title 'freeze', \
     $arm1 using 1:2 with points pointtype 5 pointsize 1.1 linecolor rgb '#E69F00' title 'freeze-batched', \
     $arm2 using 1:2 with points pointtype 9 pointsize 1.1 linecolor rgb '#009E73' title 'my-own'
unset output
}
