using Winnow.Data.Formats;
using Winnow.Networks.Masks;
using Winnow.Networks.Tests.Support;

namespace Winnow.Networks.Tests.Masks;

public class MaskFileTests
{
    private static readonly MaskSet s_masks = new([
        Mask.Of("fc.weight", [.. Nets.Floats(77, 5).Select(static x => x > 0)], 7, 11),
        Mask.Full("conv.weight", 2, 3, 3, 3), Mask.Empty("scalar"), Mask.Full("none", 0, 5), Mask.Of("nine", [true, true, false, true, false, false, false, false, true])]);

    [Fact]
    public void What_was_written_is_read_and_the_same_masks_are_the_same_bytes()
    {
        using MemoryStream first = new(), second = new();
        MaskFile.Write(first, s_masks);
        MaskFile.Write(second, s_masks);
        Assert.Equal(first.ToArray(), second.ToArray());
        first.Position = 0;
        Assert.Equal(s_masks, MaskFile.Read(first, "masks"));
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            MaskFile.Write(path, s_masks);
            Assert.Equal(s_masks, MaskFile.Read(path));
            Assert.Equal(first.ToArray(), File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_layout_is_the_documented_one()
    {
        using var stream = new MemoryStream();
        MaskFile.Write(stream, s_masks);
        stream.Position = 0;
        var content = Npz.Read(stream, "masks");
        Assert.Equal([1L], content.Find("format_version")!.AsSpan<long>().ToArray());
        Assert.Equal([0b1011, 1], content.Find("bits/nine")!.AsSpan<byte>().ToArray());
        Assert.Equal([9L], content.Find("shape/nine")!.AsSpan<long>().ToArray());
        Assert.Equal([7L, 11], content.Find("shape/fc.weight")!.AsSpan<long>().ToArray());
        Assert.Equal(10, content.Find("bits/fc.weight")!.Length);
    }

    [Fact]
    public void Other_files_and_changed_ones_are_refused()
    {
        Refused(new NpzContent().With("x", NpyArray.Scalar(1L)), "no file of masks");
        Refused(Content(2), "version 2");
        Refused(Content(1).With("bits/a", NpyArray.Create<byte>([1])), "no shape");
        Refused(Content(1).With("bits/a", NpyArray.Create<byte>([1])).With("shape/a", NpyArray.Create<long>([17])), "a: 1 bytes");
        Refused(Content(1).With("bits/a", NpyArray.Create<byte>([1])).With("shape/a", NpyArray.Create<long>([-1])), "no shape");
        Refused(Content(1).With("bits/a", NpyArray.Create<byte>([1])).With("shape/a", NpyArray.Create<long>([long.MaxValue, 4])), "masks:");
        Refused(Content(1).With("bits/a", NpyArray.Create<byte>([2])).With("shape/a", NpyArray.Create<long>([1])), "beyond");
        Refused(Content(1).With("bits/a", NpyArray.Create<int>([1])).With("shape/a", NpyArray.Create<long>([1])), "Int32");
        Refused(Content(1).With("shape/a", NpyArray.Create<long>([1])), "belongs to no mask");
        Refused(Content(1).With("more", NpyArray.Create<long>([1])), "more");
    }

    private static NpzContent Content(long version) => new NpzContent().With("format_version", NpyArray.Scalar(version));

    private static void Refused(NpzContent content, string says)
    {
        using var stream = new MemoryStream();
        Npz.Write(stream, content);
        stream.Position = 0;
        Assert.Contains(says, Assert.Throws<NetworkPruningException>(() => MaskFile.Read(stream, "masks")).Message, StringComparison.Ordinal);
    }
}
