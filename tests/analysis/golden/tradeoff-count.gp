# Picture tradeoff-zap of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$arm0 << EOD
9100 109.8901098901099 "vcpus=1"
9400 106.3829787234042 "vcpus=4"
EOD
$arm1 << EOD
7000.5 142.8469395043211 "vcpus=1"
7000.5 142.8469395043211 "vcpus=4"
EOD
set title 'Zap throughput against time to FREE: zap, pages=512 placement=compact'
set xlabel 'instructions per page until it is FREE (left is better)'
set ylabel 'pages zapped per million instructions (up is better)'
set xrange [0:10528]
set yrange [0:159.989]
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set key outside right top reverse Left
set bmargin at screen 0.23
set label 1 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), n = 2 boots, a point each' at screen 0.5, screen 0.0904 center font ',9' textcolor '#404040'
set label 2 'host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg), seed 1' at screen 0.5, screen 0.0583 center font ',9' textcolor '#404040'
set label 3 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0262 center font ',9' textcolor '#404040'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 960,520 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 960,520 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'tradeoff-zap.png' : 'tradeoff-zap.svg')
plot $arm0 using 1:2 with points pointtype 7 pointsize 1.6 linecolor rgb '#0072B2' title 'freeze', \
     '' using 1:2:(stringcolumn(3)) with labels left offset 1.2,0 font ',9' notitle, \
     $arm1 using 1:2 with points pointtype 5 pointsize 1.6 linecolor rgb '#E69F00' title 'freeze-batched', \
     '' using 1:2:(stringcolumn(3)) with labels left offset 1.2,0 font ',9' notitle
unset output
}
