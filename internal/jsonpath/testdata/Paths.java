import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Base64;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Reads documents with paths: a line with a document, a line with a path, both base64; answers a line for each pair. */
public class Paths {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String doc; (doc = in.readLine()) != null; ) {
            String path = decode(in.readLine());
            String answer;
            try {
                Object root = Configuration.defaultConfiguration().jsonProvider().parse(decode(doc));
                answer = "=" + JsonPath.compile(path).read(root);
            } catch (Throwable e) {
                answer = "!" + e.getClass().getSimpleName();
            }
            out.println(Base64.getEncoder().encodeToString(answer.getBytes(UTF_8)));
            out.flush();
        }
    }

    private static String decode(String line) {
        return new String(Base64.getDecoder().decode(line), UTF_8);
    }
}
