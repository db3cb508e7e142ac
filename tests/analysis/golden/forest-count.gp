# Picture forest-zap of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$other0 << EOD
0 0.0448111015 0.0448111015 0.0448111015 "off scale: -99.6% improved"
1.4 0.0448111015 0.0448111015 0.0448111015 "off scale: -99.6% improved"
2.8 0.769285714 0.769285714 0.769285714 "-23.1% improved"
4.2 1.29990715 1.29990715 1.29990715 "+30.0% improved"
5.6 0.0448111015 0.0448111015 0.0448111015 "off scale: -99.6% improved"
7 0.0448111015 0.0448111015 0.0448111015 "off scale: -99.6% improved"
8.4 0.744734043 0.744734043 0.744734043 "-25.5% improved"
9.8 1.34276123 1.34276123 1.34276123 "+34.3% improved"
EOD
set ytics ('tracks_per_page, vcpus=1' 0, 'kicks_per_page, vcpus=1' 1.4, 'zap_insn_per_page, vcpus=1' 2.8, 'zap_pages_per_minsn, vcpus=1' 4.2, 'tracks_per_page, vcpus=4' 5.6, 'kicks_per_page, vcpus=4' 7, 'zap_insn_per_page, vcpus=4' 8.4, 'zap_pages_per_minsn, vcpus=4' 9.8) scale 0
set yrange [11.2:-1]
set xlabel 'ratio to the base (logarithmic); grey: within 1%'
set logscale x
set xrange [0.0358968:27.8576]
set xtics nomirror ('1/16' 0.0625, '1/8' 0.125, '1/4' 0.25, '1/2' 0.5, 1, 2, 4, 8, 16)
set object 1 rectangle from 0.99, graph 0 to 1.01, graph 1 behind fillcolor rgb '#d8d8d8' fillstyle solid noborder
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'
set title 'Ratios to freeze: zap, pages=512 placement=compact'
set border 1
set bars 0
set lmargin at screen 0.31
set rmargin at screen 0.79
set tmargin at screen 0.9063
set bmargin at screen 0.3864
set key at screen 0.5, screen 0.2459 center top vertical maxrows 2 reverse Left
edge = 27.8576
set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set label 1 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), n = 2 boots, bars: 95% intervals' at screen 0.5, screen 0.1101 center font ',9' textcolor '#404040'
set label 2 'host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg), seed 1' at screen 0.5, screen 0.0710 center font ',9' textcolor '#404040'
set label 3 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0319 center font ',9' textcolor '#404040'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 960,427 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 960,427 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'forest-zap.png' : 'forest-zap.svg')
plot $other0 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 5 pointsize 1.1 linecolor rgb '#E69F00' title 'freeze-batched', \
     '' using (edge):1:(stringcolumn(5)) with labels left offset 1, 0 font ',9' notitle
unset output
}
