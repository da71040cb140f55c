using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public sealed class DataFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_cannot_be_opened_is_named_with_the_reason()
    {
        Assert.Equal($"{_folder["no"]}: there is no such file.", Assert.Throws<DataAccessException>(() => DataFile.OpenRead(_folder["no"])).Message);
        Assert.Equal($"{_folder["no/x"]}: there is no such file.", Assert.Throws<DataAccessException>(() => DataFile.OpenRead(_folder["no/x"])).Message);
        Assert.Equal($"{_folder.Path}: is a folder where a file is needed.", Assert.Throws<DataAccessException>(() => DataFile.OpenRead(_folder.Path)).Message);
        Assert.Throws<DataAccessException>(() => DataFile.OpenRead(""));
        Assert.Throws<DataAccessException>(() => DataFile.OpenRead("a\0b"));
    }

    [Fact]
    public void A_write_that_fails_half_way_leaves_the_old_file_and_nothing_else()
    {
        _folder.Write("a", [1]);
        Assert.Throws<DataAccessException>(() => DataFile.WriteAtomically(_folder["a"], stream =>
        {
            stream.WriteByte(2);
            throw new IOException("no space left on device");
        }));
        Assert.Equal([1], File.ReadAllBytes(_folder["a"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }
}
