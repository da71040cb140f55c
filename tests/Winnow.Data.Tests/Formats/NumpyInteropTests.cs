using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

public class NumpyInteropTests
{
    [NumpyFact]
    public void Numpy_reads_what_winnow_writes()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder["a.npy"], NpyArray.Create<float>([1, 2, 3, 4, 5, 6], 2, 3));
        var content = new NpzContent().With("ids", NpyArray.Create<long>([5, 0, 7])).With("weights", NpyArray.Create<float>([1, 2, 4]))
            .With("flag", NpyArray.Create<bool>([true, false])).With("half", NpyArray.Create<Half>([(Half)0.5])).With("manifest.json", "{\"a\": \"ü\"}");
        Npz.Write(folder["stored.npz"], content);
        Npz.Write(folder["deflated.npz"], content, compress: true);
        const string script = """
            import sys, json, zipfile, numpy as np
            a = np.load(sys.argv[1] + '/a.npy')
            assert a.dtype == np.float32 and a.tolist() == [[1, 2, 3], [4, 5, 6]], a
            for name in ('stored', 'deflated'):
                path = sys.argv[1] + '/' + name + '.npz'
                z = np.load(path)
                assert z['ids'].dtype == np.int64 and z['ids'].tolist() == [5, 0, 7]
                assert z['weights'].dtype == np.float32 and z['weights'].tolist() == [1, 2, 4]
                assert z['flag'].tolist() == [True, False] and z['half'].dtype == np.float16
                assert json.loads(z['manifest.json']) == {'a': 'ü'}
                assert zipfile.ZipFile(path).testzip() is None
            assert zipfile.ZipFile(sys.argv[1] + '/stored.npz').infolist()[0].compress_type == 0
            """;
        (var code, var output) = Python.Run(script, folder.Path);
        Assert.True(code == 0, output);
    }

    [NumpyFact]
    public void Winnow_reads_what_numpy_writes()
    {
        using var folder = new TemporaryFolder();
        const string script = """
            import sys, numpy as np
            from numpy.lib import format as f
            d = sys.argv[1] + '/'
            for t in ('b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8').split():
                np.save(d + t + '.npy', np.array([[0, 1, 1], [1, 0, 1]]).astype(t))
                if t[1] != '1': np.save(d + t + 'be.npy', np.array([[0, 1, 1], [1, 0, 1]]).astype('>' + t))
            for v in (1, 2, 3):
                with open(d + 'v%d.npy' % v, 'wb') as s: f.write_array(s, np.arange(6, dtype='f8'), version=(v, 0))
            np.save(d + 'fortran.npy', np.asfortranarray(np.ones((2, 3))))
            np.save(d + 'object.npy', np.array([{}, []], dtype=object), allow_pickle=True)
            np.savez(d + 'z.npz', a=np.arange(5), b=np.ones((2, 2), 'f4'))
            np.savez_compressed(d + 'c.npz', a=np.arange(5), b=np.ones((2, 2), 'f4'))
            """;
        (var code, var output) = Python.Run(script, folder.Path);
        Assert.True(code == 0, output);
        foreach (var type in "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 i2be i4be i8be u2be u4be u8be f2be f4be f8be".Split(' '))
        {
            var array = Npy.Read(folder[type + ".npy"]);
            Assert.Equal([2, 3], array.Shape.ToArray());
            Assert.Equal([0f, 1, 1, 1, 0, 1], array.ToSingles());
        }

        for (var version = 1; version <= 3; version++)
        {
            Assert.Equal([0f, 1, 2, 3, 4, 5], Npy.Read(folder[$"v{version}.npy"]).ToSingles());
        }

        Assert.Contains("ascontiguousarray", Assert.Throws<DataFormatException>(() => Npy.Read(folder["fortran.npy"])).Message, StringComparison.Ordinal);
        Assert.Contains("pickles", Assert.Throws<DataFormatException>(() => Npy.Read(folder["object.npy"])).Message, StringComparison.Ordinal);
        foreach (var name in new[] { "z.npz", "c.npz" })
        {
            var content = Npz.Read(folder[name]);
            Assert.Equal([0L, 1, 2, 3, 4], content.Find("a")!.ToInt64s());
            Assert.Equal([2, 2], content.Find("b")!.Shape.ToArray());
        }
    }
}
