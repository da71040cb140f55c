using FsCheck;
using FsCheck.Fluent;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class NpzTests
{
    private static byte[] Write(NpzContent content, bool compress = false)
    {
        var stream = new MemoryStream();
        Npz.Write(stream, content, compress);
        return stream.ToArray();
    }

    private static NpzContent Sample() => new NpzContent().With("ids", NpyArray.Create<long>([3, 1, 2])).With("weights", NpyArray.Create<float>([1f, 2f, 0.5f]))
        .With("manifest.json", "{\"seed\": 1}");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_back_what_it_wrote_in_order(bool compress)
    {
        var read = Npz.Read(new MemoryStream(Write(Sample(), compress)), "p.npz");
        Assert.Equal(["ids", "weights"], read.Arrays.Select(a => a.Key));
        Assert.Equal([3L, 1, 2], read.Find("ids")!.AsSpan<long>().ToArray());
        Assert.Equal([1f, 2f, 0.5f], read.Find("weights")!.AsSpan<float>().ToArray());
        Assert.Equal("{\"seed\": 1}", read.FindText("manifest.json"));
        Assert.Null(read.Find("nothing"));
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes() => Assert.Equal(Write(Sample()), Write(Sample()));

    [Fact]
    public void Round_trips_any_values_stored_and_deflated()
        => Prop.ForAll<double[], int[], bool>((d, i, compress) =>
        {
            var file = Write(new NpzContent().With("d", NpyArray.Create<double>(d)).With("i", NpyArray.Create<int>(i)), compress);
            var read = Npz.Read(new MemoryStream(file), "p");
            return Fixtures.Bytes(d).AsSpan().SequenceEqual(read.Find("d")!.Data.Span) && read.Find("i")!.AsSpan<int>().SequenceEqual(i);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_flipped_bit_of_the_elements_is_noticed()
    {
        var file = Write(Sample());
        var at = file.AsSpan().IndexOf(Fixtures.Bytes(3L, 1L, 2L));
        file[at + 9] ^= 4;
        var error = Assert.Throws<DataFormatException>(() => Npz.Read(new MemoryStream(file), "p.npz"));
        Assert.StartsWith("p.npz/ids.npy: at byte 152: expected the checksum", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_foreign_file_is_named()
    {
        var error = Assert.Throws<DataFormatException>(() => Npz.Read(new MemoryStream("no zip at all"u8.ToArray()), "p.npz"));
        Assert.StartsWith("p.npz: at byte 13: expected an intact zip archive, found a damaged one or another kind of file.", error.Message, StringComparison.Ordinal);
        Assert.Throws<DataFormatException>(() => Npz.Read(new MemoryStream(Write(Sample())[..^30]), "p.npz"));
    }

    [Fact]
    public void A_name_is_taken_once()
    {
        Assert.Throws<ArgumentException>(() => Sample().With("ids", NpyArray.Create<int>([1])));
        Assert.Throws<ArgumentException>(() => Sample().With("manifest.json", ""));
        Assert.Throws<ArgumentException>(() => Sample().With("a.npy", "text"));
        Assert.Throws<ArgumentException>(() => Sample().With("", "text"));
    }
}
