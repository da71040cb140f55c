using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class CifarTests
{
    [Fact]
    public void Reads_labels_and_pixels()
    {
        byte[] file = [.. Fixtures.CifarRecord(3, 10), .. Fixtures.CifarRecord(9, 20)];
        foreach (var stream in new Stream[] { new MemoryStream(file), new MemoryStream(Fixtures.Gzip(file)), new OneWayStream(file, 100) })
        {
            (var pixels, var labels) = Cifar.Read(stream, "b", 10);
            Assert.Equal([3, 9], labels);
            Assert.Equal(2 * 3072, pixels.Length);
            Assert.All(pixels[..3072].ToArray(), p => Assert.Equal(10, p));
            Assert.All(pixels[3072..].ToArray(), p => Assert.Equal(20, p));
        }
    }

    [Fact]
    public void Takes_the_fine_label_of_cifar100()
        => Assert.Equal([77], Cifar.Read(new MemoryStream(Fixtures.CifarRecord(77, 1, coarse: 5)), "b", 100).Labels);

    public static TheoryData<byte[], int, long, string> Damages => new()
    {
        { [], 10, 0, "b: at byte 0: expected records of 3073 bytes (CIFAR-10), found an empty file." },
        { Fixtures.CifarRecord(10, 0), 10, 0, "b: at byte 0: expected a label in [0, 10), found 10. The file is damaged or isn't CIFAR-10." },
        { [.. Fixtures.CifarRecord(1, 0), .. Fixtures.CifarRecord(200, 0)], 10, 3073, "b: at byte 3073: expected a label in [0, 10), found 200. The file is damaged or isn't CIFAR-10." },
        { [.. Fixtures.CifarRecord(1, 0), 1, 2], 10, 3073, "b: at byte 3073: expected records of 3073 bytes (CIFAR-10), found 2 bytes left over in 3075. The file is truncated or of another kind." },
        { Fixtures.CifarRecord(1, 0, coarse: 20), 100, 0, "b: at byte 0: expected a coarse label in [0, 20), found 20. The file is damaged or isn't CIFAR-100." },
        { Fixtures.CifarRecord(100, 0, coarse: 1), 100, 1, "b: at byte 1: expected a label in [0, 100), found 100. The file is damaged or isn't CIFAR-100." },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Says_where_a_damaged_file_is_wrong(byte[] file, int classes, long offset, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Cifar.Read(new MemoryStream(file), "b", classes));
        Assert.Equal(message, error.Message);
        Assert.Equal(offset, error.Offset);
    }

    [Fact]
    public void A_truncated_pipe_is_an_error_too()
        => Assert.Throws<DataFormatException>(() => Cifar.Read(new OneWayStream(Fixtures.CifarRecord(1, 0)[..3000]), "b", 10));
}
