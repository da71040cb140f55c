using System.Globalization;
using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public sealed unsafe class HugePagesTests
{
    [Fact]
    public void Large_arrays_are_zero_and_as_long_as_asked()
    {
        foreach (var length in new[] { 0, 1, 1000, (1 << 20) + 1, 1 << 22 })
        {
            var zeros = HugePages.Zeros<float>(length);
            Assert.Equal(length, zeros.Length);
            Assert.False(zeros.AsSpan().ContainsAnyExcept(0f));
            var any = HugePages.Uninitialized<int>(length);
            any.AsSpan().Fill(7);
            Assert.Equal(length, any.Length);
            Assert.False(any.AsSpan().ContainsAnyExcept(7));
        }
    }

    [Fact]
    public void Linux_is_told_that_a_large_array_should_have_large_pages()
    {
        const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        // Elsewhere there is nothing to tell.
        if (!File.Exists(Setting))
        {
            return;
        }

        var large = HugePages.Uninitialized<float>(1 << 22, pinned: true);
        fixed (float* start = large)
        {
            Assert.Contains("hg", FlagsAt((ulong)(start + (large.Length / 2))));
        }

        using var native = new NativeBuffer<ulong>(1 << 21);
        Assert.Contains("hg", FlagsAt((ulong)(native.Pointer + (1 << 20))));
    }

    // What the kernel says of the mapping that holds an address.
    private static string[] FlagsAt(ulong address)
    {
        var here = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var ends = line.Split(' ')[0].Split('-');
            if (ends.Length == 2 && ulong.TryParse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var first) &&
                ulong.TryParse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var end))
            {
                here = first <= address && address < end;
            }
            else if (here && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                return line["VmFlags:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return [];
    }
}
