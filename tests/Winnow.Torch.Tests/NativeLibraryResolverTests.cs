using Winnow.Torch.Interop;

namespace Winnow.Torch.Tests;

public sealed class NativeLibraryResolverTests : IDisposable
{
    const string Name = "libwinnow_torch.so";
    readonly string _folder = Directory.CreateTempSubdirectory("winnow-resolver-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_variable_names_a_file_or_its_folder()
    {
        var file = Put(Name);
        Assert.Equal(file, NativeLibraryResolver.Find(file, "/nowhere"));
        Assert.Equal(file, NativeLibraryResolver.Find(_folder, "/nowhere"));
    }

    [Fact]
    public void A_variable_that_names_nothing_is_an_error_and_not_passed_over()
    {
        var error = Assert.Throws<TorchNotAvailableException>(() => NativeLibraryResolver.Find("/no/such/place", _folder));
        Assert.Contains("WINNOW_NATIVE is '/no/such/place'", error.Message, StringComparison.Ordinal);
        Assert.Contains("./winnow setup", error.Message, StringComparison.Ordinal);
        Assert.Contains("WINNOW_LIBTORCH", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Beside_the_program_comes_before_the_source_tree_and_that_before_the_plain_name()
    {
        var program = Path.Combine(_folder, "artifacts", "bin", "program");
        Directory.CreateDirectory(program);
        Assert.Equal(Name, NativeLibraryResolver.Find(null, program));
        var built = Put("artifacts", "native", Name);
        Assert.Equal(built, NativeLibraryResolver.Find("", program));
        var beside = Put("artifacts", "bin", "program", Name);
        Assert.Equal(beside, NativeLibraryResolver.Find(null, program));
        var packaged = Put("artifacts", "bin", "program", "runtimes", "linux-x64", "native", Name);
        Assert.Equal(packaged, NativeLibraryResolver.Find(null, program));
    }

    string Put(params string[] parts)
    {
        var file = Path.Combine([_folder, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }
}
