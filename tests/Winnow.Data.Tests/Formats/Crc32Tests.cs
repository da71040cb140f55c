using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class Crc32Tests
{
    [Fact]
    public void Agrees_with_the_published_check_value() => Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8));

    [Fact]
    public void Pieces_of_any_length_give_the_same_as_the_whole()
    {
        var data = new byte[257];
        new Random(5).NextBytes(data);
        var whole = Crc32.Append(0, data);
        for (var cut = 0; cut <= data.Length; cut++)
        {
            Assert.Equal(whole, Crc32.Append(Crc32.Append(0, data.AsSpan(0, cut)), data.AsSpan(cut)));
        }
    }
}
