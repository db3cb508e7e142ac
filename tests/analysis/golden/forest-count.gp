# Picture forest-zap of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$other0 << EOD
8.5 0.0448111015 0.0448111015 0.0448111015
30.5 0.0448111015 0.0448111015 0.0448111015
52.5 0.769285714 0.769285714 0.769285714
74.5 1.29990715 1.29990715 1.29990715
96.5 0.0448111015 0.0448111015 0.0448111015
118.5 0.0448111015 0.0448111015 0.0448111015
140.5 0.744734043 0.744734043 0.744734043
162.5 1.34276123 1.34276123 1.34276123
EOD
$words0 << EOD
8.5 "off scale: -99.6% improved"
30.5 "off scale: -99.6% improved"
52.5 "-23.1% improved"
74.5 "+30.0% improved"
96.5 "off scale: -99.6% improved"
118.5 "off scale: -99.6% improved"
140.5 "-25.5% improved"
162.5 "+34.3% improved"
EOD
set ytics ('tracks_per_page, vcpus=1' 9, 'kicks_per_page, vcpus=1' 31, 'zap_per_page, vcpus=1' 53, 'zap_pages_per_minsn, vcpus=1' 75, 'tracks_per_page, vcpus=4' 97, 'kicks_per_page, vcpus=4' 119, 'zap_per_page, vcpus=4' 141, 'zap_pages_per_minsn, vcpus=4' 163) scale 0 font ',9'
set yrange [176:-4]
edge = 27.8576
set logscale x
set xrange [0.0358968:27.8576]
set xtics nomirror font ',9' ('1/16' 0.0625, '1/8' 0.125, '1/4' 0.25, '1/2' 0.5, 1, 2, 4, 8, 16)
set object 1 rectangle from 0.99, graph 0 to 1.01, graph 1 behind fillcolor rgb '#d8d8d8' fillstyle solid noborder
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'
set border 1
set bars 0
set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,349 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,349 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'forest-zap.png' : 'forest-zap.svg')
set label 1 'Ratios to freeze: zap' at screen 0.5, screen 0.9542 center font ',13'
set label 2 'pages=512 placement=compact' at screen 0.5, screen 0.8968 center font ',9' textcolor '#404040'
set label 3 'n = 1 seed (1); logarithmic, grey: within 1%; the kernel''s part where told' at screen 0.5, screen 0.1719 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs,' at screen 0.5, screen 0.1289 center font ',9' textcolor '#404040'
set label 5 'QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.0860 center font ',9' textcolor '#404040'
set label 6 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0430 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.2550 center top vertical maxrows 1 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.2944
set rmargin at screen 0.7083
set tmargin at screen 0.8625
set bmargin at screen 0.3467
plot NaN with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' title 'freeze-batched', \
     $other0 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 5 pointsize 1.1 linecolor rgb '#E69F00' notitle, \
     $words0 using (edge):1:(stringcolumn(2)) with labels left offset 1, 0 font ',9' notitle
unset multiplot
unset output
}
